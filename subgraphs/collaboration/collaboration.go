// Package collaboration knows what is being written in the rooms: it takes what
// each participant writes, keeps it, hands it to the others as it comes, and
// shows where everybody is.
//
// Nothing that was acknowledged is ever lost, whatever is killed: an update is
// kept in PostgreSQL, which has it on disk, before the mutation answers. The
// merged document lives in Redis, and the updates travel over it, but Redis may
// lose all that at any time: it keeps appends for a second before they are on
// disk, its replicas lag, and when embedded it has no disk at all. What it has
// lost is made again from PostgreSQL.
package collaboration

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

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
const database = "code_talk_collaboration"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: handing documents over, and the events that the domain
// sends and listens to.
type Resolvers struct {
	run.Service
	Store Store
	Redis *redis.Client
	Live  *live.Broker
	Graph *ask.Graph
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger

	process string // names this process among those that listen
	cursors *throttle
	due     chan struct{} // has a token when a document is due to be handed over
	grown   chan string   // rooms whose updates are to be merged
	readers readers
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
	r := &Resolvers{
		Redis: env.Redis, Live: env.Live, Graph: env.Graph, Now: env.Now, NewID: env.NewID, Log: env.Log,
		process: env.NewID(), cursors: newThrottle(cursorEvery), due: make(chan struct{}, 1), grown: make(chan string, 64),
	}
	r.Store = &postgresStore{pool: pool, settled: r.settled}
	r.Service = run.All(postgres.Closing(pool), events.Exchange(events.Config{
		Domain: "collaboration", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}), run.Background(r.handOver), &r.readers)
	return r, nil
}
