// Package students knows the learners of English at a school: what is recorded
// of each, who may see and change it, and how it became what it is.
package students

import (
	"context"
	_ "embed"
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
const database = "education_elly_students"

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

// Open makes the indexes that are missing and connects the domain.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	db, err := env.Mongo.Open(ctx, database, indexes...)
	if err != nil {
		return nil, err
	}
	now := func() time.Time { return env.Now().Truncate(time.Millisecond) }
	r := &Resolvers{Store: newMongoStore(db), Graph: env.Graph, Now: now, NewID: env.NewID, Log: env.Log}
	r.Service = run.All(mongo.Closing(db), events.Documents(events.DocumentConfig{
		Domain: "students", Database: db, Collections: []string{"students", "schools"}, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}))
	return r, nil
}
