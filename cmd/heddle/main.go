// Command heddle is one GraphQL endpoint over many domains: its router, its
// composer, its domains and the stores they need, in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is what the build says it is.
var version = "unknown"

func main() {
	os.Exit(runCommand(os.Args[1:]))
}

// runCommand runs the command line and returns the exit status. The first
// SIGINT or SIGTERM ends the command's context; a second one ends the process.
func runCommand(args []string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	context.AfterFunc(ctx, cancel)

	root := rootCommand()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		if !errors.As(err, new(silent)) {
			fmt.Fprintf(os.Stderr, "heddle: %v\n", err)
		}
		return 1
	}
	return 0
}

// silent is an error whose message has been printed already.
type silent struct{ error }

// commands lists every command; each has a file of its own.
func commands() []*cobra.Command {
	return []*cobra.Command{
		devCommand(),
		routerCommand(),
		subgraphCommand(),
		storesCommand(),
		composeCommand(ownSubgraphs),
		checkCommand(),
		explainCommand(),
		probeCommand(),
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:     "heddle",
		Version: version,
		Short:   "One GraphQL endpoint over many domains",
		Long: `Heddle serves one GraphQL endpoint over many domains, each with its own store.

  heddle dev       runs everything in one process: stores, domains and router
  heddle router    runs the router alone, against subgraphs over HTTP
  heddle subgraph  runs one or several domains alone
  heddle stores    runs only the embedded stores
  heddle compose   composes subgraph schemas into one supergraph
  heddle check     tells what a change of the client schema breaks
  heddle explain   prints the plan of a query
  heddle probe     asks whether a part is well`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(commands()...)
	return root
}
