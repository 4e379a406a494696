package messages

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// erase deletes everything that a person has said, as if they had taken back
// each message: nobody can tell of free text that it does not show who wrote
// it, so keeping it under no name would not be anonymous.
func (r *Resolvers) erase(ctx context.Context, tx pgx.Tx, person string) error {
	// The rooms' locks come first, in one order for everybody.
	_, err := tx.Exec(ctx, `
		SELECT FROM rooms WHERE id IN (SELECT room_id FROM messages WHERE author_id = $1) ORDER BY id FOR UPDATE`, person)
	if err != nil {
		return fmt.Errorf("lock rooms of %s: %w", person, err)
	}
	rows, err := tx.Query(ctx, `
		WITH said AS (
			SELECT id, room_id, row_number() OVER (PARTITION BY room_id ORDER BY number) AS nth
			FROM messages WHERE author_id = $1
		), counted AS (
			UPDATE rooms r SET last = r.last + n.total
			FROM (SELECT room_id, max(nth) AS total FROM said GROUP BY room_id) n WHERE r.id = n.room_id
			RETURNING r.id, r.last, r.last - n.total AS before
		), erased AS (
			UPDATE messages m SET deleted = c.before + s.nth, author_id = NULL, text = NULL
			FROM said s JOIN counted c ON c.id = s.room_id WHERE m.id = s.id
		)
		SELECT id, last FROM counted`, person)
	if err != nil {
		return fmt.Errorf("erase messages of %s: %w", person, err)
	}
	var room string
	var last int64
	_, err = pgx.ForEachRow(rows, []any{&room, &last}, func() error {
		room, last := room, last
		events.AfterCommit(ctx, func(ctx context.Context) { r.tell(ctx, room, Happening{Number: last}) })
		return nil
	})
	if err != nil {
		return fmt.Errorf("erase messages of %s: %w", person, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM idempotency_keys WHERE person = $1`, person); err != nil {
		return fmt.Errorf("erase requests of %s: %w", person, err)
	}
	return nil
}

// forget deletes what was said in a room that is gone, and closes it: a message
// that was on its way is not kept after the others. Its live readers hear of
// the end from the domain rooms.
func forget(ctx context.Context, tx pgx.Tx, room string) error {
	for _, statement := range []string{
		`INSERT INTO rooms (id, closed) VALUES ($1, true) ON CONFLICT (id) DO UPDATE SET closed = true`,
		`DELETE FROM messages WHERE room_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, room); err != nil {
			return fmt.Errorf("forget room %s: %w", room, err)
		}
	}
	return nil
}
