// Package students knows the learners of English at a school: what is recorded
// of each, who may see and change it, and how it became what it is.
package students

import (
	"context"
	_ "embed"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/events"
	"heddle/internal/live"
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
	Store   Store
	Graph   *ask.Graph
	Now     func() time.Time // to the millisecond, as the store keeps it
	NewID   func() string
	Log     *slog.Logger
	Live    *live.Broker
	Redis   *redis.Client
	Callers *caller.Verifier
	Link    func(path string) string // where the outside reaches one of Routes

	accepted chan struct{} // an import has been
}

// Open makes the indexes that are missing and connects the domain.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	db, err := env.Mongo.Open(ctx, database, append(indexes, importIndexes...)...)
	if err != nil {
		return nil, err
	}
	now := func() time.Time { return env.Now().Truncate(time.Millisecond) }
	r := &Resolvers{Store: newMongoStore(db), Graph: env.Graph, Now: now, NewID: env.NewID, Log: env.Log,
		Live: env.Live, Redis: env.Redis, Callers: env.Callers, Link: env.Link, accepted: make(chan struct{}, 1)}
	r.Service = run.All(mongo.Closing(db), events.Documents(events.DocumentConfig{
		Domain: "students", Database: db, Collections: []string{"students", "schools"}, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}), run.Background(r.importing))
	return r, nil
}
