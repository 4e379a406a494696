package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"heddle/router/compose"
)

// composeCommand merges subgraphs into a supergraph. Without a configuration it
// composes our own, which the caller lists.
func composeCommand(own func() []compose.Subgraph) *cobra.Command {
	var config, out string
	cmd := &cobra.Command{
		Use:   "compose",
		Short: "Compose subgraphs into a supergraph",
		Long: `Compose merges the schemas of subgraphs into one supergraph SDL that any
Federation 2 router reads.

With --config it reads a file in rover's format (federation_version,
subgraphs.<name>.routing_url, subgraphs.<name>.schema.file); without one it
composes Heddle's own domains. The same input gives the same bytes.

Everything that is wrong is reported at once, with subgraph, file, line and
column, and the exit status is 1.`,
		Example: `  heddle compose --config supergraph.yaml --out supergraph.graphql
  heddle compose > supergraph.graphql`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			subgraphs, err := composeInput(config, own)
			if err != nil {
				return err
			}
			result, err := compose.Compose(subgraphs)
			var refused compose.Errors
			if errors.As(err, &refused) {
				return fmt.Errorf("the subgraphs do not compose:\n%w", refused)
			}
			if err != nil {
				return err
			}
			if out == "" || out == "-" {
				_, err = fmt.Fprint(cmd.OutOrStdout(), result.Supergraph)
				return err
			}
			return os.WriteFile(out, []byte(result.Supergraph), 0o644)
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "file in rover's format that lists the subgraphs (default: Heddle's own domains)")
	cmd.Flags().StringVar(&out, "out", "", "file to write the supergraph to (default: standard output)")
	return cmd
}

// composeInput reads the subgraphs of a configuration, or takes our own.
func composeInput(config string, own func() []compose.Subgraph) ([]compose.Subgraph, error) {
	if config == "" {
		return own(), nil
	}
	return compose.ReadConfig(config)
}
