// Package code knows the history of what was written in the rooms: numbered
// snapshots, what changed between any two of them, and how an earlier one is
// brought back. A snapshot holds all of the document, so the history needs
// nothing of the live one.
package code

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"heddle/internal/ask"
	"heddle/internal/events"
	"heddle/internal/postgres"
	"heddle/internal/run"
	"heddle/internal/subgraph"
)

// SDL is what the domain offers the graph.
//
//go:embed schema.graphql
var SDL string

//go:embed migrations/*.sql
var migrations embed.FS

// database is the domain's own.
const database = "code_talk_storage"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: the events that the domain listens to.
type Resolvers struct {
	run.Service
	Store Store
	Graph *ask.Graph
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// Open brings the database up to date and connects the domain.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	pool, err := env.Postgres.Open(ctx, database,
		postgres.Migration{Files: files}, postgres.Idempotency(), events.Migration())
	if err != nil {
		return nil, err
	}
	r := &Resolvers{Store: &postgresStore{pool}, Graph: env.Graph, Now: env.Now, NewID: env.NewID, Log: env.Log}
	r.Service = run.All(postgres.Closing(pool), events.Exchange(events.Config{
		Domain: "code", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}))
	return r, nil
}
