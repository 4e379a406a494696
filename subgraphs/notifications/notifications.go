// Package notifications knows how people are told things: in the app, by mail,
// by text message and on their devices, as each of them wants it; and what became
// of it.
package notifications

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"heddle/internal/ask"
	"heddle/internal/events"
	"heddle/internal/jobs"
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
const database = "notifications"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: the events that the domain listens to, and its jobs.
type Resolvers struct {
	run.Service
	Store     *Store
	Live      *live.Broker
	Graph     *ask.Graph
	Services  subgraph.Services
	Link      func(path string) string
	Providers map[NotificationChannel]Provider // what is missing is not configured
	Rates     map[NotificationChannel]rate
	PushKey   string // the public half of the key that signs push messages
	LocalPush bool   // whether push services may be on this machine, in plain HTTP
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
}

// Open brings the database up to date and connects the domain.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	pool, err := env.Postgres.Open(ctx, database,
		postgres.Migration{Files: files}, postgres.Idempotency(), events.Migration(), jobs.Migration())
	if err != nil {
		return nil, err
	}
	r := &Resolvers{
		Store: &Store{pool: pool}, Live: env.Live, Graph: env.Graph, Services: env.Services, Link: env.Link,
		Now: env.Now, NewID: env.NewID, Log: env.Log,
	}
	client, err := r.begin(ctx, env, jobs.Config{Domain: serviceName, Pool: pool, NATS: env.NATS, Log: env.Log})
	if err != nil {
		pool.Close()
		return nil, err
	}
	r.Service = run.All(postgres.Closing(pool), client, events.Exchange(events.Config{
		Domain: "notifications", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}))
	return r, nil
}

// begin reads the configuration, keeps the templates that come with the service,
// and makes the jobs' client.
func (r *Resolvers) begin(ctx context.Context, env subgraph.Env, c jobs.Config) (*jobs.Client, error) {
	versions, err := builtin()
	if err != nil {
		return nil, err
	}
	if err := r.Store.seed(ctx, versions, r.Now()); err != nil {
		return nil, err
	}
	if err := r.configure(ctx, env.Getenv); err != nil {
		return nil, err
	}
	client, err := r.openJobs(c)
	if err != nil {
		return nil, err
	}
	r.Store.jobs = queued{client}
	return client, nil
}

// Routes are the domain's further paths: the links at the end of mails.
func (r *Resolvers) Routes() map[string]http.Handler {
	return map[string]http.Handler{unsubscribePath: http.HandlerFunc(r.unsubscribe)}
}
