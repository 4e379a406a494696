// Package progress knows what students have reached and when: the timeline of
// each, with milestones, and reports over a period.
package progress

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"heddle/internal/ask"
	"heddle/internal/caller"
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
const database = "education_elly_progress"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: the events that the domain listens to.
type Resolvers struct {
	run.Service
	Store   Store
	Graph   *ask.Graph
	Callers *caller.Verifier
	Redis   *redis.Client
	Link    func(path string) string
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
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
	r := &Resolvers{
		Store: &postgresStore{pool: pool}, Graph: env.Graph, Callers: env.Callers, Redis: env.Redis, Link: env.Link,
		Now: env.Now, NewID: env.NewID, Log: env.Log,
	}
	r.Service = run.All(postgres.Closing(pool), events.Exchange(events.Config{
		Domain: "progress", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}))
	return r, nil
}
