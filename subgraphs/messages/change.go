package messages

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/membership"
	"heddle/internal/postgres"
)

// oldest is the order of a room's messages: the one in which it took them.
var oldest = postgres.Order{Columns: []string{"m.number::bigint"}}

func (s *postgresStore) Create(ctx context.Context, m *Message, key *string) (kept *Message, err error) {
	request := postgres.Request{Person: m.AuthorID, Operation: "createMessage", Key: key, Input: []any{m.RoomID, m.Text}}
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		id, made, err := postgres.Once(ctx, tx, request, func() (string, error) { return m.ID, insert(ctx, tx, m) })
		if err != nil || made {
			kept = m
			return err
		}
		kept, err = again(ctx, tx, id)
		return err
	})
	return kept, err
}

// insert writes the message under the next number of its room, the first
// message of a room as well. A room that is closed takes none.
func insert(ctx context.Context, tx pgx.Tx, m *Message) error {
	err := tx.QueryRow(ctx, `
		WITH room AS (
			INSERT INTO rooms AS r (id, last) VALUES ($2, 1)
			ON CONFLICT (id) DO UPDATE SET last = r.last + 1 WHERE NOT r.closed
			RETURNING id, last
		)
		INSERT INTO messages (id, room_id, number, author_id, text, created_at)
		SELECT $1, id, last, $3, $4, $5 FROM room
		RETURNING number`, m.ID, m.RoomID, m.AuthorID, m.Text, m.CreatedAt).Scan(&m.Number)
	if errors.Is(err, pgx.ErrNoRows) {
		return membership.Missing(m.RoomID)
	}
	if err != nil {
		return fmt.Errorf("insert message: %w", err)
	}
	return nil
}

// again reads the message that an earlier call with the same key made.
func again(ctx context.Context, tx pgx.Tx, id string) (*Message, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM messages m WHERE m.id = $1 AND m.deleted IS NULL`, id)
	if err != nil {
		return nil, fmt.Errorf("read message %s: %w", id, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "Message %q was made with this idempotency key, and deleted since.", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read message %s: %w", id, err)
	}
	return m, nil
}

func (s *postgresStore) Delete(ctx context.Context, m *Message) (number int64, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		number, err = remove(ctx, tx, m)
		return err
	})
	return number, err
}

// remove takes the room's lock before the message's, as every change does.
func remove(ctx context.Context, tx pgx.Tx, m *Message) (number int64, err error) {
	err = tx.QueryRow(ctx, `UPDATE rooms SET last = last + 1 WHERE id = $1 RETURNING last`, m.RoomID).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, missing(m.ID)
	}
	if err != nil {
		return 0, fmt.Errorf("count a deletion in room %s: %w", m.RoomID, err)
	}
	tag, err := tx.Exec(ctx, `UPDATE messages SET deleted = $2, author_id = NULL, text = NULL WHERE id = $1 AND deleted IS NULL`, m.ID, number)
	if err != nil {
		return 0, fmt.Errorf("delete message %s: %w", m.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return 0, missing(m.ID)
	}
	return number, nil
}
