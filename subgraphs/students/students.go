// Package students knows the learners of English at a school: what is recorded
// of each, who may see and change it, and how it became what it is.
package students

import (
	"context"
	_ "embed"
	"log/slog"
	"time"

	"heddle/internal/ask"
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
// beside requests.
type Resolvers struct {
	run.Service
	Store Store
	Graph *ask.Graph
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// Open makes the indexes that are missing and connects the domain.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	db, err := env.Mongo.Open(ctx, database, indexes...)
	if err != nil {
		return nil, err
	}
	r := &Resolvers{Graph: env.Graph, Now: env.Now, NewID: env.NewID, Log: env.Log}
	r.Store = newMongoStore(db)
	r.Service = mongo.Closing(db)
	return r, nil
}
