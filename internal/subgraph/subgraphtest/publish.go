package subgraphtest

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/events"
	"heddle/internal/events/eventstest"
)

// Publish publishes an event without data, as a domain does that is not open in
// this world.
func (w *World) Publish(kind, entity string) {
	w.t.Helper()
	w.PublishWith(kind, entity, events.Nothing{})
}

// PublishWith publishes an event with data.
func (w *World) PublishWith(kind, entity string, data any) {
	w.t.Helper()
	e, err := events.New(w.t.Context(), w.Env.NewID(), kind, w.Env.Now(), entity, data)
	if err == nil {
		err = pgx.BeginFunc(w.t.Context(), w.publish(), func(tx pgx.Tx) error { return events.Append(w.t.Context(), tx, e) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Quiet waits until no event is on its way to one of the domains: whatever was
// published before has had its effects, and what follows from those. Domains
// that listen to nothing are not named.
func (w *World) Quiet(domains ...string) {
	w.t.Helper()
	eventstest.Stores{Postgres: w.Env.Postgres.URL, Prefix: w.Env.Postgres.Prefix, Mongo: w.Env.Mongo.URL, NATS: w.nats}.Quiet(w.t, domains...)
}

// openPublisher opens a domain that only publishes.
func (w *World) openPublisher() *pgxpool.Pool {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), "publisher", events.Migration())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(pool.Close)
	relay := events.NewRelay(events.Config{Domain: "publisher", Pool: pool, NATS: w.Env.NATS, Log: w.Env.Log})
	if err := relay.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := relay.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
	return pool
}
