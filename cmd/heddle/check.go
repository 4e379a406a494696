package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/compose/change"
)

// checkCommand tells what a change of the client schema means to clients.
func checkCommand() *cobra.Command {
	var format string
	var strict bool
	cmd := &cobra.Command{
		Use:   "check OLD NEW",
		Short: "Tell what a change of the client schema breaks",
		Long: `Check compares two schemas as clients see them and tells every change with its
level: BREAKING (a query that worked no longer does), DANGEROUS (a client may
meet what it does not expect) or NON_BREAKING. Levels and names are those of
GraphQL Inspector.

OLD and NEW are SDL files. A supergraph counts as the schema that clients see of
it, without what is @inaccessible.

The exit status is 1 when something breaks; with --strict also when something is
dangerous.`,
		Example: `  heddle check supergraph.graphql new-supergraph.graphql
  git show main:supergraph.graphql > /tmp/old.graphql && heddle check /tmp/old.graphql supergraph.graphql`,
		Args:          twoSchemas,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format is text or json, not %q", format)
			}
			before, err := readSchemaFile(args[0])
			if err != nil {
				return err
			}
			after, err := readSchemaFile(args[1])
			if err != nil {
				return err
			}
			changes, err := change.Between(before, after)
			if err != nil {
				return err
			}
			if err := writeChanges(cmd.OutOrStdout(), format, args[1], changes); err != nil {
				return err
			}
			if worst := change.Worst(changes); worst == change.Breaking || strict && worst == change.Dangerous {
				return silent{errors.New("the change is not safe")}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, or json: a list of objects with level, type, path, message and line")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 1 for dangerous changes too")
	return cmd
}

func twoSchemas(_ *cobra.Command, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("heddle check compares two files, OLD and NEW; it got %d", len(args))
	}
	return nil
}

func readSchemaFile(path string) (*ast.Source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("read the schema: %s is empty", path)
	}
	return &ast.Source{Name: path, Input: string(text)}, nil
}

func writeChanges(out io.Writer, format, name string, changes []change.Change) error {
	if format == "json" {
		if changes == nil {
			changes = []change.Change{}
		}
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(changes)
	}
	counts := map[change.Level]int{}
	for _, c := range changes {
		counts[c.Level]++
		if _, err := fmt.Fprintln(out, c); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%s: %d breaking, %d dangerous and %d safe changes\n", name, counts[change.Breaking], counts[change.Dangerous], counts[change.Safe])
	return err
}
