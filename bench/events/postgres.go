package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/events"
	"heddle/internal/jobs"
	"heddle/internal/postgres"
	"heddle/internal/run"
)

// database opens a fresh database with the tables of a domain that changes
// things, and of one that counts the changes.
func (b *bench) database(ctx context.Context) (*pgxpool.Pool, error) {
	server := postgres.Server{URL: b.urls.Postgres, MaxConns: 16}
	pool, err := server.Open(ctx, fmt.Sprintf("bench_events_%d", b.count), events.Migration(), jobs.Migration())
	if err != nil {
		return nil, err
	}
	_, err = pool.Exec(ctx, `
		CREATE TABLE things (id text PRIMARY KEY, changes int NOT NULL);
		CREATE TABLE counted (thing text PRIMARY KEY, changes int NOT NULL)`)
	return pool, err
}

// change is the write: of a row, with more in the same transaction.
func change(ctx context.Context, pool *pgxpool.Pool, thing string, more func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO things VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET changes = things.changes + 1`, thing)
		if err != nil {
			return err
		}
		return more(tx)
	})
}

// count is the effect, and tells of it when it is committed.
func count(heard *effects) events.Handler {
	return func(ctx context.Context, tx pgx.Tx, e events.Event) error {
		_, err := tx.Exec(ctx, `INSERT INTO counted VALUES ($1, 1) ON CONFLICT (thing) DO UPDATE SET changes = counted.changes + 1`, e.Entity)
		if err != nil {
			return err
		}
		events.AfterCommit(ctx, func(context.Context) { heard.heard(e.ID, e.Entity) })
		return nil
	}
}

// kind is another for each world: they share the stream.
func (b *bench) kind() string { return fmt.Sprintf("thing.changed%d", b.count) }

func (b *bench) event(ctx context.Context, kind, id, thing string) (events.Event, error) {
	return events.New(ctx, id, kind, time.Now(), thing, map[string]string{"thing": thing})
}

func openPostgres(ctx context.Context, b *bench, heard *effects) (world, error) {
	pool, err := b.database(ctx)
	if err != nil {
		return world{}, err
	}
	kind := b.kind()
	exchange := events.Exchange(events.Config{
		Domain: fmt.Sprintf("bench%d", b.count), Pool: pool, NATS: b.nats, Log: b.log,
		Handlers: map[string]events.Handler{kind: count(heard)},
	})
	return world{run.All(postgres.Closing(pool), exchange), func(ctx context.Context, id, thing string) error {
		e, err := b.event(ctx, kind, id, thing)
		if err != nil {
			return err
		}
		return change(ctx, pool, thing, func(tx pgx.Tx) error { return events.Append(ctx, tx, e) })
	}, true}, nil
}

func openRows(ctx context.Context, b *bench, _ *effects) (world, error) {
	pool, err := b.database(ctx)
	return world{postgres.Closing(pool), func(ctx context.Context, _, thing string) error {
		return change(ctx, pool, thing, func(pgx.Tx) error { return nil })
	}, false}, err
}
