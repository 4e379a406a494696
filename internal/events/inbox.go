package events

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
)

// delivery is an event with its place in the stream.
type delivery struct {
	Event
	sequence int64
	replayed bool // an operator has taken it out of the dead letters
}

// ledger is where a domain keeps what it has made of the events it was handed.
// Errors of the ledger itself are errAway.
type ledger interface {
	// begin prepares for a turn, and drops what nobody will ask for again. All
	// events up to the sequence are settled.
	begin(ctx context.Context, settled int64) error
	// handle has the effect of the event, once. It fails with errWaits if an
	// earlier event of the same entity is not settled.
	handle(ctx context.Context, d delivery) error
	// note records a failed try and returns how many there were.
	note(ctx context.Context, d delivery, why error) (tries int, err error)
	// noteDead records that the event is in the dead letters.
	noteDead(ctx context.Context, d delivery) error
}

// errWaits says that an earlier event of the same entity has to be handled first.
var errWaits = errors.New("an earlier event of the entity is not handled yet")

// inbox is the ledger of a domain on PostgreSQL.
type inbox struct{ Config }

// errAway says that the domain's own store is not there, so that the event is
// not to blame: the turn ends, and the next one begins with this event.
var errAway = errors.New("the domain's database is away")

// handle runs the handler and records the event's id in one transaction. An
// event that is recorded already is not handled again.
func (l inbox) handle(ctx context.Context, d delivery) error {
	handler, ok := l.Handlers[d.Type]
	if !ok {
		return nil // it was asked for once, and no longer
	}
	tx, err := l.Pool.Begin(ctx)
	if err != nil {
		return errors.Join(errAway, err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // does nothing after the commit
	fresh, blocked, err := l.claim(ctx, tx, d)
	switch {
	case err != nil:
		return errors.Join(errAway, err)
	case !fresh:
		return nil
	case blocked:
		return l.wait(ctx, tx, d)
	}
	collected, after := collecting(ctx)
	if err := guarded(func() error { return handler(collected, tx, d.Event) }); err != nil {
		return blame(tx, err)
	}
	if err := tx.Commit(ctx); err != nil {
		return blame(tx, fmt.Errorf("commit: %w", err))
	}
	after()
	return nil
}

// blame tells a failed effect from a lost connection.
func blame(tx pgx.Tx, err error) error {
	if tx.Conn().IsClosed() {
		return errors.Join(errAway, err)
	}
	return err
}

// claim records the event as handled. It is not fresh if it was already, and
// blocked if an earlier event of its entity is not.
func (l inbox) claim(ctx context.Context, tx pgx.Tx, d delivery) (fresh, blocked bool, err error) {
	err = tx.QueryRow(ctx, `WITH claimed AS (
			INSERT INTO inbox (consumer, event, entity, sequence, handled_at) VALUES ($1, $2, $3, $4, now())
			ON CONFLICT (consumer, event) DO UPDATE SET handled_at = now(), dead_at = NULL, error = NULL WHERE inbox.handled_at IS NULL
			RETURNING event)
		SELECT EXISTS (SELECT FROM claimed), $3 <> '' AND EXISTS (SELECT FROM inbox
			WHERE consumer = $1 AND entity = $3 AND sequence < $4 AND handled_at IS NULL AND dead_at IS NULL AND event <> $2)`,
		l.Domain, d.ID, d.Entity, d.sequence).Scan(&fresh, &blocked)
	if err != nil {
		return false, false, fmt.Errorf("record event %s: %w", d.ID, err)
	}
	return fresh, blocked, nil
}

// wait records that the event is not handled, so that later ones of its entity
// wait for it in turn.
func (l inbox) wait(ctx context.Context, tx pgx.Tx, d delivery) error {
	_, err := tx.Exec(ctx, `UPDATE inbox SET handled_at = NULL WHERE consumer = $1 AND event = $2`, l.Domain, d.ID)
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		return errors.Join(errAway, err)
	}
	return errWaits
}

// guarded makes an error of a handler's panic.
func guarded(handle func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("the handler panicked: %v\n%s", panicked, debug.Stack())
		}
	}()
	return handle()
}

// note records a failed try and returns how many there were. One that was dead
// and is replayed begins anew.
func (l inbox) note(ctx context.Context, d delivery, why error) (tries int, err error) {
	err = l.Pool.QueryRow(ctx, `INSERT INTO inbox (consumer, event, entity, sequence, tries, error) VALUES ($1, $2, $3, $4, 1, $5)
		ON CONFLICT (consumer, event) DO UPDATE SET error = excluded.error, sequence = excluded.sequence, dead_at = NULL,
			tries = CASE WHEN inbox.dead_at IS NULL THEN inbox.tries + 1 ELSE 1 END RETURNING tries`,
		l.Domain, d.ID, d.Entity, d.sequence, why.Error()).Scan(&tries)
	if err != nil {
		return 0, fmt.Errorf("record a failed try of event %s: %w", d.ID, err)
	}
	return tries, nil
}

func (l inbox) noteDead(ctx context.Context, d delivery) error {
	if _, err := l.Pool.Exec(ctx, `UPDATE inbox SET dead_at = now() WHERE consumer = $1 AND event = $2`, l.Domain, d.ID); err != nil {
		return fmt.Errorf("record event %s as dead: %w", d.ID, err)
	}
	return nil
}

// begin drops records of events that the stream does not hold any more.
func (l inbox) begin(ctx context.Context, _ int64) error {
	_, err := l.Pool.Exec(ctx, `DELETE FROM inbox WHERE consumer = $1 AND coalesce(handled_at, dead_at) < now() - $2::interval`, l.Domain, 2*Retention)
	if err != nil {
		return fmt.Errorf("clear the inbox: %w", err)
	}
	return nil
}
