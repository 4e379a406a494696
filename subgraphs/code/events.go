package code

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// The domain publishes no events.

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"code.settled": r.settle,
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return erase(ctx, tx, e.Entity) },
		"room.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return forget(ctx, tx, e.Entity) },
	}
}

// settled is a document that has come to rest, or a part of one.
type settled struct {
	Number    int64      `json:"number"` // of the latest update in it
	WrittenAt *time.Time `json:"writtenAt"`
	WrittenBy *string    `json:"writtenBy"`
	Part      int        `json:"part"` // from 0
	Parts     int        `json:"parts"`
	State     []byte     `json:"state"`
}

// settle keeps a document that has come to rest as a snapshot, once all of it
// is here, unless it was saved at this state or a later one.
func (r *Resolvers) settle(ctx context.Context, tx pgx.Tx, e events.Event) error {
	d, err := events.Data[settled](e)
	if err != nil {
		return err
	}
	state, err := collect(ctx, tx, e.Entity, d)
	if err != nil || state == nil {
		return err
	}
	var known bool
	err = tx.QueryRow(ctx, `SELECT r.closed OR EXISTS (SELECT FROM code_snapshots s WHERE s.room_id = r.id AND s.number = r.last AND s.document_number >= $2)
		FROM rooms r WHERE r.id = $1 FOR UPDATE`, e.Entity, d.Number).Scan(&known)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("look for a snapshot of room %s: %w", e.Entity, err)
	}
	if known {
		return nil
	}
	content, err := NewContent(state)
	if err != nil {
		return err
	}
	s := &CodeSnapshot{ID: r.NewID(), RoomID: e.Entity, Kind: SnapshotKindAutomatic, AuthorID: d.WrittenBy, CreatedAt: e.Time, Document: d.Number}
	if d.WrittenAt != nil {
		s.CreatedAt = *d.WrittenAt
	}
	if err := insert(ctx, tx, s, content); err != nil {
		return err
	}
	events.AfterCommit(ctx, func(ctx context.Context) {
		r.Log.InfoContext(ctx, "kept a document that came to rest", "room", s.RoomID, "snapshot", s.Number)
	})
	return nil
}

// collect gives the whole document once its last part has come, nil until then.
func collect(ctx context.Context, tx pgx.Tx, room string, d settled) ([]byte, error) {
	if d.Parts == 1 {
		return d.State, nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO parts (room_id, number, part, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, room, d.Number, d.Part, d.State)
	if err != nil {
		return nil, fmt.Errorf("keep a part of the document of room %s: %w", room, err)
	}
	rows, err := tx.Query(ctx, `SELECT data FROM parts WHERE room_id = $1 AND number = $2 ORDER BY part`, room, d.Number)
	if err != nil {
		return nil, fmt.Errorf("read parts of the document of room %s: %w", room, err)
	}
	parts, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("read parts of the document of room %s: %w", room, err)
	}
	if len(parts) < d.Parts {
		return nil, nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM parts WHERE room_id = $1 AND number <= $2`, room, d.Number); err != nil {
		return nil, fmt.Errorf("drop parts of the document of room %s: %w", room, err)
	}
	var state []byte
	for _, part := range parts {
		state = append(state, part...)
	}
	return state, nil
}

// erase takes a person's name off the snapshots: the texts are the room's.
func erase(ctx context.Context, tx pgx.Tx, person string) error {
	for _, statement := range []string{
		`UPDATE code_snapshots SET author_id = NULL WHERE author_id = $1`,
		`DELETE FROM idempotency_keys WHERE person = $1::text`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	return nil
}

// forget deletes the history of a room that is gone, and closes it.
func forget(ctx context.Context, tx pgx.Tx, room string) error {
	for _, statement := range []string{
		`INSERT INTO rooms (id, closed) VALUES ($1, true) ON CONFLICT (id) DO UPDATE SET closed = true`,
		`DELETE FROM code_snapshots WHERE room_id = $1`,
		`DELETE FROM parts WHERE room_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, room); err != nil {
			return fmt.Errorf("forget the snapshots of room %s: %w", room, err)
		}
	}
	return nil
}
