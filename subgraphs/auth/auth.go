// Package auth knows who may sign in, with which password and roles, and gives
// out the tokens by which the rest of the graph knows them.
package auth

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/events"
	"heddle/internal/jobs"
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
const database = "authentication"

// Resolvers answers the domain's part of the graph. Its Service is the work
// beside requests: ended sessions that Redis must know, old things thrown away,
// and the events that the domain sends and those it listens to.
type Resolvers struct {
	run.Service
	Store    Store
	Graph    *ask.Graph
	Callers  *caller.Verifier
	Keys     *Keyring
	Hasher   *Hasher
	Throttle *Throttle
	Revoker  *Revoker
	Admins   []string // e-mail addresses whose accounts are administrators
	Secret   string   // for which our own services get tokens; empty: none gets one
	Issuer   caller.Issuer
	Now      func() time.Time
	NewID    func() string
	Log      *slog.Logger
}

// Open brings the database up to date and connects the domain. Three settings:
// HEDDLE_ADMIN_EMAILS, whose accounts are administrators (separated by commas);
// HEDDLE_AUTH_SECRET, with which private keys are encrypted in the database; and
// HEDDLE_SERVICE_SECRET, for which the other domains get tokens of their own.
func Open(ctx context.Context, env subgraph.Env) (*Resolvers, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	pool, err := env.Postgres.Open(ctx, database, postgres.Migration{Files: files}, events.Migration(), jobs.Migration())
	if err != nil {
		return nil, err
	}
	store := &postgresStore{pool: pool, newID: env.NewID}
	r := &Resolvers{
		Store: store, Graph: env.Graph, Callers: env.Callers, Issuer: env.Issuer,
		Keys:     NewKeyring(store, env.Getenv("HEDDLE_AUTH_SECRET"), env.Now, env.NewID, env.Log),
		Hasher:   NewHasher(passwordCost, hashesAtOnce()),
		Throttle: &Throttle{client: env.Redis},
		Revoker:  &Revoker{store: store, client: env.Redis, list: env.Revocations, now: env.Now, log: env.Log},
		Secret:   env.Getenv("HEDDLE_SERVICE_SECRET"),
		Now:      env.Now, NewID: env.NewID, Log: env.Log,
	}
	if store.jobs, err = r.openJobs(jobs.Config{Domain: "auth", Pool: pool, NATS: env.NATS, Log: env.Log}); err != nil {
		pool.Close()
		return nil, err
	}
	r.Service = run.All(postgres.Closing(pool), store.jobs, run.Background(r.Revoker.run), run.Background(r.sweeping), events.Exchange(events.Config{
		Domain: "auth", Pool: pool, NATS: env.NATS, Log: env.Log, Handlers: r.handlers(),
	}))
	if err := r.begin(ctx, env.Getenv("HEDDLE_ADMIN_EMAILS")); err != nil {
		pool.Close()
		return nil, err
	}
	return r, nil
}

// begin makes good what may have changed while the domain was closed.
func (r *Resolvers) begin(ctx context.Context, admins string) (err error) {
	if r.Admins, err = addresses(admins); err != nil {
		return err
	}
	if n := len(r.Secret); n > 0 && n < secretLeast {
		return fmt.Errorf("HEDDLE_SERVICE_SECRET has at least %d characters, not to be guessed; this one has %d", secretLeast, n)
	}
	if err := r.Store.MakeAdmins(ctx, r.Admins); err != nil {
		return err
	}
	if _, err := r.Keys.signer(ctx); err != nil {
		return err
	}
	if err := r.Revoker.restore(ctx); err != nil {
		return fmt.Errorf("tell Redis which sessions have ended: %w", err)
	}
	return nil
}
