package code

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/membership"
	"heddle/internal/postgres"
)

func (s *postgresStore) Create(ctx context.Context, snapshot *CodeSnapshot, r Request, content func() (*Content, error)) (kept *CodeSnapshot, err error) {
	request := postgres.Request{Person: *snapshot.AuthorID, Operation: r.Operation, Key: r.Key, Input: r.Input}
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		kept = snapshot
		id, made, err := postgres.Once(ctx, tx, request, func() (string, error) {
			c, err := content()
			if err != nil {
				return "", err
			}
			return snapshot.ID, insert(ctx, tx, snapshot, c)
		})
		if err != nil || made {
			return err
		}
		kept, err = again(ctx, tx, id)
		return err
	})
	return kept, err
}

// insert keeps the snapshot under the next number of its room, the first one of
// a room as well. A room that is closed takes none.
func insert(ctx context.Context, tx pgx.Tx, s *CodeSnapshot, c *Content) error {
	texts, err := c.texts()
	if err != nil {
		return err
	}
	err = tx.QueryRow(ctx, `
		WITH room AS (
			INSERT INTO rooms AS r (id, last) VALUES ($2, 1)
			ON CONFLICT (id) DO UPDATE SET last = r.last + 1 WHERE NOT r.closed
			RETURNING id, last
		)
		INSERT INTO code_snapshots (id, room_id, number, kind, author_id, created_at, label, restored, document_number, texts, state)
		SELECT $1, id, last, $3, $4, $5, $6, $7, $8, $9, $10 FROM room
		RETURNING number`,
		s.ID, s.RoomID, s.Kind, s.AuthorID, s.CreatedAt, s.Label, s.Restored, s.Document, texts, c.State).Scan(&s.Number)
	if errors.Is(err, pgx.ErrNoRows) {
		return membership.Missing(s.RoomID)
	}
	if err != nil {
		return fmt.Errorf("insert snapshot: %w", err)
	}
	return nil
}

// again reads the snapshot that an earlier call with the same key made.
func again(ctx context.Context, tx pgx.Tx, id string) (*CodeSnapshot, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM code_snapshots s WHERE s.id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "Snapshot %q was made with this idempotency key, and its room is gone since.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	return s, nil
}
