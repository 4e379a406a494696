package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"heddle/internal/caller"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// explaining is what the flags of heddle explain say.
type explaining struct {
	supergraph, stage, variables, operation string
	anonymous                               bool
}

// explainCommand prints how a query would be answered.
func explainCommand() *cobra.Command {
	var e explaining
	cmd := &cobra.Command{
		Use:   "explain QUERY",
		Short: "Print the plan of a query",
		Long: `Explain prints how the router would answer a query: which subgraphs it asks
for what, in which order, and what it asks them by. No subgraph is asked.

QUERY is the text of a query, the name of a file that holds one, or - for
standard input. The stages of a query's way can be printed one by one:

  operation  the query as it is planned: fragments spread, values taken out
  plan       the fetches, in sequence and in parallel (the default)
  requests   the operations that the subgraphs are sent
  response   the shape of what the client gets`,
		Example: `  heddle explain '{ rooms(first: 2) { edges { node { title owner { username } } } } }'
  heddle explain --stage requests query.graphql
  heddle explain --supergraph theirs.graphql --variables '{"id":"1"}' - < query.graphql`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := readQuery(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			text, err := e.explain(cmd.Context(), query)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&e.supergraph, "supergraph", "supergraph.graphql", "file that holds the supergraph")
	cmd.Flags().StringVar(&e.stage, "stage", "plan", "what to print: "+strings.Join(execute.Stages, ", "))
	cmd.Flags().StringVar(&e.variables, "variables", "", "the query's variables, as JSON")
	cmd.Flags().StringVar(&e.operation, "operation", "", "name of the operation to explain, where the query has several")
	cmd.Flags().BoolVar(&e.anonymous, "anonymous", false, "explain it for a caller without a token")
	return cmd
}

// explain plans the query and prints the stage that was asked for.
func (e explaining) explain(ctx context.Context, query string) (string, error) {
	graph, err := unreachableGraph(e.supergraph)
	if err != nil {
		return "", err
	}
	if !e.anonymous {
		ctx = caller.With(ctx, caller.Caller{ID: "explain"})
	}
	prepared, err := graph.Prepare(ctx, operation.Request{
		Query: query, OperationName: e.operation, Variables: json.RawMessage(e.variables),
	})
	if err != nil {
		return "", describeErrors(err)
	}
	return graph.Stage(prepared, e.stage)
}

// unreachableGraph reads a supergraph only to plan on it.
func unreachableGraph(file string) (*execute.Graph, error) {
	sdl, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read supergraph: %w", err)
	}
	super, err := supergraph.Read(string(sdl))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	fetchers := map[string]fetch.Fetcher{}
	for _, s := range super.Subgraphs {
		fetchers[s.Name] = unreachable{}
	}
	return execute.New(super, fetchers, execute.Options{})
}

// unreachable stands for subgraphs that are not asked.
type unreachable struct{}

func (unreachable) Fetch(context.Context, fetch.Request) (fetch.Response, error) {
	return fetch.Response{}, errors.New("explain asks no subgraph")
}

// readQuery takes the query from the argument, the file it names, or input.
func readQuery(arg string, input io.Reader) (string, error) {
	if arg == "-" {
		text, err := io.ReadAll(input)
		return string(text), err
	}
	if strings.ContainsAny(arg, "{}\n") {
		return arg, nil
	}
	text, err := os.ReadFile(arg)
	if err != nil {
		return "", fmt.Errorf("read query: %w", err)
	}
	return string(text), nil
}

// describeErrors puts each GraphQL error on a line, with its place.
func describeErrors(err error) error {
	var list operation.Errors
	if !errors.As(err, &list) {
		return err
	}
	lines := make([]string, len(list))
	for i, e := range list {
		lines[i] = e.Message
		if len(e.Locations) > 0 {
			lines[i] = fmt.Sprintf("%d:%d: %s", e.Locations[0].Line, e.Locations[0].Column, e.Message)
		}
	}
	return errors.New("the query cannot be planned:\n  " + strings.Join(lines, "\n  "))
}
