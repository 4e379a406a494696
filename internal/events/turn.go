package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Keys of the advisory locks; PostgreSQL keeps them apart per database.
const (
	relayTurn    = 0x6865646401
	consumerTurn = 0x6865646402
)

// inTurn does the work in one process at a time: the others wait and take over
// as soon as that one ends or dies. Work is given the connection that holds the
// turn, and a context that ends when the turn does. It returns when ctx ends;
// any failure is logged, and after a pause the turn is taken again.
func inTurn(ctx context.Context, c Config, key int64, what string, work func(ctx context.Context, turn *pgx.Conn) error) error {
	for failures := 0; ctx.Err() == nil; {
		begin := time.Now()
		err := turn(ctx, c.Pool, key, work)
		if time.Since(begin) > time.Minute {
			failures = 0
		}
		failures++
		if ctx.Err() == nil {
			c.Log.Warn(what+" was interrupted; trying again", "error", err)
			wait(ctx, min(c.pause(failures), 5*time.Second))
		}
	}
	return nil //nolint:nilerr // that the work was ended is why it failed
}

func turn(ctx context.Context, pool *pgxpool.Pool, key int64, work func(ctx context.Context, turn *pgx.Conn) error) (err error) {
	config := pool.Config().ConnConfig.Copy()
	config.Tracer = nil // its statements belong to no request
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(err, conn.Close(closing))
	}()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		return fmt.Errorf("wait for the turn: %w", err)
	}
	return work(ctx, conn)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
