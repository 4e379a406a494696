package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/run"
)

// batch is how many events are read from the outbox at once.
const batch = 256

// NewRelay is the part of the exchange that sends: whatever is committed to
// the outbox reaches the stream, in order for each entity. An entry is taken
// out when the stream has it on disk. When the relay dies in between, the entry
// is sent again under the same id, and the stream or the consumer drops it.
func NewRelay(c Config) run.Service {
	r := relay{c.withDefaults()}
	return run.Background(func(ctx context.Context) error {
		return inTurn(ctx, r.Config, relayTurn, "sending events", r.relay)
	})
}

type relay struct{ Config }

// entry is one row of the outbox.
type entry struct {
	Number int64
	ID     string
	Type   string
	Body   json.RawMessage
	Entity string
}

func (r relay) relay(ctx context.Context, turn *pgx.Conn) error {
	if _, err := turn.Exec(ctx, "LISTEN outbox"); err != nil {
		return fmt.Errorf("listen to the outbox: %w", err)
	}
	js, err := bus(ctx, r.NATS)
	if err != nil {
		return err
	}
	for interval := lookAgain; ; {
		entries, err := read(ctx, turn)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			if err := look(ctx, turn, interval); err != nil {
				return err
			}
			interval = min(2*interval, poll)
			continue
		}
		interval = lookAgain
		if err := r.send(ctx, turn, js, entries); err != nil {
			return err
		}
	}
}

func read(ctx context.Context, turn *pgx.Conn) ([]entry, error) {
	rows, err := turn.Query(ctx, `SELECT number, id::text, type, body, coalesce(body->>'entity', '') FROM outbox ORDER BY number LIMIT $1`, batch)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return entries, nil
}

// waves cuts the entries where an entity comes a second time: what is in one
// wave may be sent at once without two events of an entity changing places.
func waves(entries []entry) func(yield func([]entry) bool) {
	return func(yield func([]entry) bool) {
		begin, seen := 0, map[string]bool{}
		for i, e := range entries {
			if e.Entity != "" && seen[e.Entity] {
				if !yield(entries[begin:i]) {
					return
				}
				begin = i
				clear(seen)
			}
			seen[e.Entity] = true
		}
		yield(entries[begin:])
	}
}

// send publishes the entries, wave after wave, and takes out what the stream has
// acknowledged.
func (r relay) send(ctx context.Context, turn *pgx.Conn, js jetstream.JetStream, entries []entry) error {
	var stored []int64
	var failed error
	for wave := range waves(entries) {
		some, err := publish(ctx, js, wave)
		stored = append(stored, some...)
		if err != nil {
			failed = err
			break
		}
	}
	if len(stored) > 0 && ctx.Err() == nil {
		if _, err := turn.Exec(ctx, "DELETE FROM outbox WHERE number = ANY($1)", stored); err != nil {
			failed = errors.Join(failed, fmt.Errorf("clear the outbox: %w", err))
		}
	}
	return failed
}

// publish sends a wave at once, and gives the numbers of the entries that the
// stream has on disk.
func publish(ctx context.Context, js jetstream.JetStream, wave []entry) (stored []int64, err error) {
	var errs []error
	sent := make([]jetstream.PubAckFuture, 0, len(wave))
	for _, e := range wave {
		future, err := js.PublishMsgAsync(&nats.Msg{Subject: "events." + e.Type, Data: e.Body}, jetstream.WithMsgID(e.ID))
		if err != nil {
			errs = append(errs, fmt.Errorf("send event %s: %w", e.ID, err))
			break
		}
		sent = append(sent, future)
	}
	for i, future := range sent {
		select {
		case <-ctx.Done():
			return stored, ctx.Err()
		case <-future.Ok():
			stored = append(stored, wave[i].Number)
		case err := <-future.Err():
			errs = append(errs, fmt.Errorf("send event %s: %w", wave[i].ID, err))
		}
	}
	return stored, errors.Join(errs...)
}
