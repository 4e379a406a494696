package collaboration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/membership"
	"heddle/internal/postgres"
	"heddle/internal/yjs"
)

const (
	pause     = 5 * time.Second // without an update, after which a document is handed over
	mostPause = 5 * time.Minute // after which it is, however much is written
)

// appending keeps an update under the next number of its room. A room that is
// closed takes none, nor does a document that would be too large. An empty
// document has two bytes.
const appending = `
	WITH document AS (
		INSERT INTO documents AS d (room_id, last, size, written_at, written_by, due_at, latest_due)
		SELECT $1, 1, 2 + length($4::bytea), $5, nullif($2, '')::uuid, $5::timestamptz + $6::interval, $5::timestamptz + $7::interval
		ON CONFLICT (room_id) DO UPDATE SET last = d.last + 1, size = d.size + length($4::bytea),
			written_at = excluded.written_at, written_by = excluded.written_by,
			latest_due = coalesce(d.latest_due, excluded.latest_due),
			due_at = least(excluded.due_at, coalesce(d.latest_due, excluded.latest_due))
		WHERE NOT d.closed AND d.size + length($4::bytea) <= $8
		RETURNING room_id, last
	)
	INSERT INTO updates (room_id, number, author_id, client_id, data)
	SELECT room_id, last, nullif($2, '')::uuid, $3, $4 FROM document
	RETURNING number`

func (w *Write) arguments() []any {
	return []any{w.RoomID, w.Author, w.Client, w.Data, w.At, pause, mostPause, documentLimit}
}

// Append gives a document that has grown too large a second chance, after its
// updates are merged: what was deleted takes no room then.
func (s *postgresStore) Append(ctx context.Context, w *Write) (number int64, err error) {
	for try := range 2 {
		err = s.pool.QueryRow(ctx, appending, w.arguments()...).Scan(&number)
		if err == nil {
			return number, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return 0, fmt.Errorf("append an update in room %s: %w", w.RoomID, err)
		}
		if try == 1 {
			break
		}
		if err := s.shrink(ctx, w.RoomID); err != nil {
			return 0, err
		}
	}
	return 0, tooLarge(w.RoomID)
}

// shrink merges a room's updates. A room that is closed is not there.
func (s *postgresStore) shrink(ctx context.Context, room string) error {
	var closed bool
	err := s.pool.QueryRow(ctx, `SELECT closed FROM documents WHERE room_id = $1`, room).Scan(&closed)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read document of room %s: %w", room, err)
	}
	if closed {
		return membership.Missing(room)
	}
	found, err := s.Records(ctx, []string{room}, nil)
	if err != nil {
		return err
	}
	doc, err := found[0].merge()
	if err != nil {
		return err
	}
	return s.Compact(ctx, room, Merged{found[0].Number, doc.State()})
}

func (s *postgresStore) Change(ctx context.Context, w Write, rule func(*yjs.Doc) []byte) (r *Record, h *Happening, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		r, h, err = change(ctx, tx, w, rule)
		return err
	})
	return r, h, err
}

func change(ctx context.Context, tx pgx.Tx, w Write, rule func(*yjs.Doc) []byte) (*Record, *Happening, error) {
	// The row is there from now on, and ours until the end.
	var closed bool
	err := tx.QueryRow(ctx, `INSERT INTO documents AS d (room_id) VALUES ($1)
		ON CONFLICT (room_id) DO UPDATE SET last = d.last RETURNING closed`, w.RoomID).Scan(&closed)
	if err != nil {
		return nil, nil, fmt.Errorf("lock document of room %s: %w", w.RoomID, err)
	}
	if closed {
		return nil, nil, membership.Missing(w.RoomID)
	}
	found, err := records(ctx, tx, []string{w.RoomID}, nil)
	if err != nil {
		return nil, nil, err
	}
	record := found[0]
	doc, err := record.merge()
	if err != nil {
		return nil, nil, err
	}
	if w.Data = rule(doc); w.Data == nil {
		return record, nil, nil
	}
	var number int64
	err = tx.QueryRow(ctx, appending, w.arguments()...).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, tooLarge(w.RoomID)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("append an update in room %s: %w", w.RoomID, err)
	}
	record.Number, record.WrittenAt, record.WrittenBy = number, &w.At, &w.Author
	record.Updates = append(record.Updates, w.Data)
	return record, &Happening{Number: number, Author: w.Author, Data: w.Data}, nil
}

// Compact changes what the document is made of, not what it is. Updates that
// are appended meanwhile have higher numbers and stay as they are; of several
// who compact at once, the one who got furthest stays.
func (s *postgresStore) Compact(ctx context.Context, room string, m Merged) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE documents SET state = $2, merged = $3 WHERE room_id = $1 AND merged < $3 AND last >= $3`, room, m.State, m.Number)
		if err != nil {
			return fmt.Errorf("compact document of room %s: %w", room, err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, `DELETE FROM updates WHERE room_id = $1 AND number <= $2`, room, m.Number); err != nil {
			return fmt.Errorf("drop merged updates of room %s: %w", room, err)
		}
		_, err = tx.Exec(ctx, `UPDATE documents SET size = length(state) + coalesce((SELECT sum(length(data)) FROM updates WHERE room_id = $1), 0) WHERE room_id = $1`, room)
		if err != nil {
			return fmt.Errorf("measure document of room %s: %w", room, err)
		}
		return nil
	})
}
