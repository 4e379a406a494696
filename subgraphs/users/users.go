// Package users knows the people of the graph: their names, what they tell
// others about themselves, and how they want the apps to be.
package users

import (
	"context"
	"embed"
	"io/fs"
	"time"

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
const database = "users"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: the events that the domain sends and those it listens to.
type Resolvers struct {
	run.Service
	Store Store
	Now   func() time.Time
	NewID func() string
}

// Open brings the database up to date and connects the domain.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	pool, err := env.Postgres.Open(ctx, database, postgres.Migration{Files: files}, events.Migration())
	if err != nil {
		return nil, err
	}
	r := &Resolvers{Store: &postgresStore{pool}, Now: env.Now, NewID: env.NewID}
	r.Service = run.All(postgres.Closing(pool), events.Exchange(events.Config{
		Domain: "users", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}))
	return r, nil
}
