// Package presence knows who is there: which of a room's people are online in
// it, on however many devices, and who of them is writing.
//
// All of it is in Redis and passes: a device that is not heard of goes by
// itself. Should Redis lose everything, the next heartbeats bring it back.
package presence

import (
	"context"
	_ "embed" // for the schema
	"log/slog"
	"time"

	"heddle/internal/ask"
	"heddle/internal/events"
	"heddle/internal/live"
	"heddle/internal/run"
	"heddle/internal/subgraph"
)

// SDL is what the domain offers the graph.
//
//go:embed schema.graphql
var SDL string

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: letting go of devices that are not heard of, and the events
// that the domain listens to.
type Resolvers struct {
	run.Service
	Store Store
	Live  *live.Broker
	Graph *ask.Graph
	Now   func() time.Time
	Log   *slog.Logger
}

// Open connects the domain.
func Open(_ context.Context, env subgraph.Env) (*Resolvers, error) {
	r := &Resolvers{Store: &redisStore{env.Redis}, Live: env.Live, Graph: env.Graph, Now: env.Now, Log: env.Log}
	r.Service = run.All(run.Background(r.sweep), events.Repeatable(events.Config{
		Domain: "presence", NATS: env.NATS, Log: env.Log,
	}, r.handlers()))
	return r, nil
}
