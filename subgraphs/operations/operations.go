// Package operations knows what those who run the graph look after: the events
// that a domain could not handle, and the jobs of all domains. It keeps nothing
// itself: letters are in the stream of dead letters, jobs in each domain's own
// database, where the domain is asked about them.
package operations

import (
	"context"
	_ "embed" // for the schema
	"log/slog"

	"heddle/internal/caller"
	"heddle/internal/events"
	"heddle/internal/jobs"
	"heddle/internal/run"
	"heddle/internal/subgraph"
)

// SDL is what the domain offers the graph.
//
//go:embed schema.graphql
var SDL string

// Resolvers answers the domain's part of the graph.
type Resolvers struct {
	run.Service
	Letters events.Letters
	Desks   jobs.Operator
	Log     *slog.Logger
}

// Open connects the domain.
func Open(_ context.Context, env subgraph.Env) (*Resolvers, error) {
	return &Resolvers{
		Service: run.All(), Letters: events.NewLetters(env.NATS), Desks: jobs.NewOperator(env.NATS), Log: env.Log,
	}, nil
}

// admin is the role that all of this needs.
const admin = "ADMIN"

// audit notes in the log who did what to whom.
func (r *Resolvers) audit(ctx context.Context, did string, args ...any) {
	r.Log.InfoContext(ctx, did, append([]any{"administrator", caller.ID(ctx)}, args...)...)
}
