package messages

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/batch"
	"heddle/internal/page"
)

// postgresStore reads and writes the database code_talk_messages.
type postgresStore struct{ pool *pgxpool.Pool }

const columns = `m.id, m.room_id, m.number, m.author_id, m.text, m.created_at`

func (m *Message) fields() []any {
	return []any{&m.ID, &m.RoomID, &m.Number, &m.AuthorID, &m.Text, &m.CreatedAt}
}

func (s *postgresStore) Messages(ctx context.Context, ids []string) ([]*Message, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+columns+` FROM messages m WHERE m.id = ANY($1) AND m.deleted IS NULL`, ids)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	found, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return batch.InOrder(ids, found, func(m *Message) string { return m.ID }), nil
}

func scan(row pgx.CollectableRow) (*Message, error) {
	var m Message
	return &m, row.Scan(m.fields()...)
}

func (s *postgresStore) Pages(ctx context.Context, rooms []string, w page.Window) ([][]*Message, error) {
	where, by, limit, args := oldest.Window(w, []any{rooms})
	rows, err := s.pool.Query(ctx, `
		SELECT r.n, `+columns+`
		FROM unnest($1::uuid[]) WITH ORDINALITY AS r(id, n)
		CROSS JOIN LATERAL (
			SELECT m.* FROM messages m WHERE m.room_id = r.id AND m.deleted IS NULL AND `+where+` ORDER BY `+by+` LIMIT `+limit+`
		) m
		ORDER BY r.n, `+by, args...)
	if err != nil {
		return nil, fmt.Errorf("read pages of messages: %w", err)
	}
	pages := make([][]*Message, len(rooms))
	var n int
	var m Message
	_, err = pgx.ForEachRow(rows, append([]any{&n}, m.fields()...), func() error {
		copied := m
		pages[n-1] = append(pages[n-1], &copied)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read pages of messages: %w", err)
	}
	return pages, nil
}

func (s *postgresStore) Count(ctx context.Context, rooms []string) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT room_id, count(*) FROM messages WHERE room_id = ANY($1) AND deleted IS NULL GROUP BY room_id`, rooms)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	counts := make(map[string]int, len(rooms))
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return counts, nil
}

func (s *postgresStore) Last(ctx context.Context, room string) (last int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT last FROM rooms WHERE id = $1`, room).Scan(&last)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the last number of room %s: %w", room, err)
	}
	return last, nil
}

func (s *postgresStore) Happenings(ctx context.Context, room string, after, upTo int64, limit int) ([]Happening, error) {
	rows, err := s.pool.Query(ctx, `
		(SELECT m.number AS at, `+columns+` FROM messages m
			WHERE m.room_id = $1 AND m.number > $2 AND m.number <= $3 AND m.deleted IS NULL ORDER BY m.number LIMIT $4)
		UNION ALL
		(SELECT m.deleted AS at, m.id, m.room_id, m.number, NULL, NULL, m.created_at FROM messages m
			WHERE m.room_id = $1 AND m.deleted > $2 AND m.deleted <= $3 ORDER BY m.deleted LIMIT $4)
		ORDER BY at LIMIT $4`, room, after, upTo, limit)
	if err != nil {
		return nil, fmt.Errorf("read what happened in room %s: %w", room, err)
	}
	happenings, err := pgx.CollectRows(rows, scanHappening)
	if err != nil {
		return nil, fmt.Errorf("read what happened in room %s: %w", room, err)
	}
	return happenings, nil
}

func scanHappening(row pgx.CollectableRow) (h Happening, err error) {
	var m Message
	var author, text *string
	if err := row.Scan(&h.Number, &m.ID, &m.RoomID, &m.Number, &author, &text, &m.CreatedAt); err != nil {
		return h, err
	}
	if text == nil || author == nil {
		h.Deleted = m.ID
		return h, nil
	}
	m.AuthorID, m.Text = *author, *text
	h.Message = &m
	return h, nil
}
