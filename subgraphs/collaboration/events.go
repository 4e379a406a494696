package collaboration

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes:
//
//	code.settled  entity: the room; data: settledData. The document as it stands
//	              after a pause, or when everybody has gone, in one or more parts.

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return erase(ctx, tx, e.Entity) },
		"room.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.forget(ctx, tx, e.Entity) },
	}
}

// erase takes a person's name off what they wrote. The texts are the room's:
// everybody wrote in them, and a document without some of its updates is none.
func erase(ctx context.Context, tx pgx.Tx, person string) error {
	for _, statement := range []string{
		`UPDATE documents SET written_by = NULL WHERE written_by = $1`,
		`UPDATE updates SET author_id = NULL, client_id = '' WHERE author_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	return nil
}

// forget deletes what was written in a room that is gone, and closes it: an
// update that was on its way is not kept. Its followers hear of the end from
// the domain rooms.
func (r *Resolvers) forget(ctx context.Context, tx pgx.Tx, room string) error {
	for _, statement := range []string{
		`INSERT INTO documents (room_id, closed) VALUES ($1, true) ON CONFLICT (room_id) DO UPDATE
			SET closed = true, state = '\x0000', merged = documents.last, size = 2, written_by = NULL, due_at = NULL, latest_due = NULL`,
		`DELETE FROM updates WHERE room_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, room); err != nil {
			return fmt.Errorf("forget the document of room %s: %w", room, err)
		}
	}
	if err := r.Redis.Del(ctx, liveKey(room), followersKey(room)).Err(); err != nil {
		return fmt.Errorf("forget the live document of room %s: %w", room, err)
	}
	return nil
}
