package collaboration

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes.
var codeSettled = events.Declare[settledData]("code.settled", 1,
	"A document has come to rest, after a pause or because everybody has gone. The entity is the room; a large document comes in several parts.")

// settledData is the document, or a part of it.
type settledData struct {
	Number    int64      `json:"number"`              // of the latest update in the document
	WrittenAt *time.Time `json:"writtenAt,omitempty"` // when that was
	WrittenBy *string    `json:"writtenBy,omitempty"` // the person's id
	Part      int        `json:"part"`                // from 0
	Parts     int        `json:"parts"`               // how many there are
	State     string     `json:"state"`               // this part of the document as a Yjs update, in base64
}

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
