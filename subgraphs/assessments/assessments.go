// Package assessments knows how well students know English: what assessments on
// WIDA's scale said of them, and what follows from that.
package assessments

import (
	"context"
	_ "embed" // for the schema
	"log/slog"
	"time"

	"heddle/internal/ask"
	"heddle/internal/events"
	"heddle/internal/mongo"
	"heddle/internal/run"
	"heddle/internal/subgraph"
)

// SDL is what the domain offers the graph.
//
//go:embed schema.graphql
var SDL string

// database is the domain's own.
const database = "education_elly_assessments"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: the events that the domain sends and those it listens to.
type Resolvers struct {
	run.Service
	Store Store
	Graph *ask.Graph
	Now   func() time.Time // to the millisecond, as the store keeps it
	NewID func() string
	Log   *slog.Logger
}

// Open connects the domain to its database, whose indexes are made if missing.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	exit, err := readExitLevel(env.Getenv)
	if err != nil {
		return nil, err
	}
	db, err := env.Mongo.Open(ctx, database, indexes...)
	if err != nil {
		return nil, err
	}
	now := func() time.Time { return env.Now().Truncate(time.Millisecond) }
	store := &mongoStore{db: db, exit: exit, now: now}
	return &Resolvers{
		Store: store, Graph: env.Graph, Now: now, NewID: env.NewID, Log: env.Log,
		Service: run.All(mongo.Closing(db), events.Documents(events.DocumentConfig{
			Domain: "assessments", Database: db, Collections: []string{assessments}, NATS: env.NATS, Log: env.Log, Handlers: store.handlers(),
		})),
	}, nil
}
