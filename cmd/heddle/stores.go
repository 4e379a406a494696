package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"heddle/internal/embedded"
)

func storesCommand() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "stores",
		Short: "Run only the embedded stores",
		Long: `Stores runs the four stores without anything else: a private PostgreSQL, the
MongoDB protocol over it (FerretDB), Redis, and NATS with JetStream. It prints
their addresses as lines that a shell can read, and runs until it is stopped.

So the parts can be run apart on one machine: the domains and the router read
the same four variables. A store whose variable is set already is an outside
one; it is not started, and its line is printed as it is.

The data, the ports and the password stay in the data folder, so the lines are
the same next time. Redis holds its data in memory alone.`,
		Example: `  heddle stores > stores.env &
  source stores.env
  heddle subgraph rooms messages --listen 127.0.0.1:4103`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runStores(cmd.Context(), data, cmd.OutOrStdout(), humanLog(cmd.ErrOrStderr(), false))
		},
	}
	cmd.Flags().StringVar(&data, "data", defaultData, "folder that keeps the data")
	return cmd
}

// defaultData is where the data lies unless told otherwise.
const defaultData = ".heddle"

// runStores starts the stores, prints where they are, and stops them when ctx ends.
func runStores(ctx context.Context, data string, out io.Writer, log *slog.Logger) error {
	stores, err := embedded.Open(embedded.Config{Dir: data, Outside: embedded.FromEnvironment(), Log: log})
	if err != nil {
		return err
	}
	defer stopping(ctx, stores.Stop, log)
	if err := stores.Start(ctx); err != nil {
		return unlessStopped(ctx, err)
	}
	urls := stores.URLs()
	_, err = fmt.Fprintf(out, "export HEDDLE_POSTGRES_URL='%s'\nexport HEDDLE_MONGO_URL='%s'\nexport HEDDLE_REDIS_URL='%s'\nexport HEDDLE_NATS_URL='%s'\n",
		urls.Postgres, urls.Mongo, urls.Redis, urls.NATS)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// unlessStopped is the error, but nil if somebody has stopped the command while
// it was starting.
func unlessStopped(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// stopping ends something when ctx has ended, in good time.
func stopping(ctx context.Context, stop func(context.Context) error, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := stop(ctx); err != nil {
		log.Error("could not stop cleanly", "error", err)
	}
}
