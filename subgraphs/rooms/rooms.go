// Package rooms knows the rooms where people code and chat together: who owns
// them, who is in them with which role, and who is invited.
package rooms

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"heddle/internal/ask"
	"heddle/internal/events"
	"heddle/internal/live"
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
const database = "code_talk_rooms"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: the events that the domain sends and those it listens to.
type Resolvers struct {
	run.Service
	Store Store
	Live  *live.Broker
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
	r := &Resolvers{Live: env.Live, Graph: env.Graph, Now: env.Now, NewID: env.NewID, Log: env.Log}
	store := &postgresStore{pool: pool, deleted: r.roomDeleted, invited: r.roomInvited}
	r.Store = store
	r.Service = run.All(postgres.Closing(pool), events.Exchange(events.Config{
		Domain: "rooms", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(store),
	}))
	return r, nil
}
