package code

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/batch"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// postgresStore reads and writes the database code_talk_storage.
type postgresStore struct{ pool *pgxpool.Pool }

// newest is the order of a room's snapshots.
var newest = postgres.Order{Columns: []string{"s.number::int"}, Descending: true}

const columns = `s.id, s.room_id, s.number, s.kind, s.author_id, s.created_at, s.label, s.restored, s.document_number`

func (s *CodeSnapshot) fields() []any {
	return []any{&s.ID, &s.RoomID, &s.Number, &s.Kind, &s.AuthorID, &s.CreatedAt, &s.Label, &s.Restored, &s.Document}
}

func scan(row pgx.CollectableRow) (*CodeSnapshot, error) {
	var s CodeSnapshot
	return &s, row.Scan(s.fields()...)
}

func (s *postgresStore) read(ctx context.Context, what, sql string, args ...any) ([]*CodeSnapshot, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	found, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return found, nil
}

func (s *postgresStore) Snapshots(ctx context.Context, ids []string) ([]*CodeSnapshot, error) {
	found, err := s.read(ctx, "snapshots", `SELECT `+columns+` FROM code_snapshots s WHERE s.id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	return batch.InOrder(ids, found, func(s *CodeSnapshot) string { return s.ID }), nil
}

// placed is a list of places, as a table p of room and number.
const placed = `unnest($1::uuid[], $2::int[]) AS p(room, number)`

func split(places []Place) (rooms []string, numbers []int) {
	rooms, numbers = make([]string, len(places)), make([]int, len(places))
	for i, p := range places {
		rooms[i], numbers[i] = p.RoomID, p.Number
	}
	return rooms, numbers
}

// inOrder gives each place what was found for it, or nil.
func inOrder[T any](places []Place, found map[Place]*T) []*T {
	values := make([]*T, len(places))
	for i, p := range places {
		values[i] = found[p]
	}
	return values
}

func (s *postgresStore) At(ctx context.Context, places []Place) ([]*CodeSnapshot, error) {
	rooms, numbers := split(places)
	read, err := s.read(ctx, "snapshots", `SELECT `+columns+` FROM code_snapshots s
		WHERE (s.room_id, s.number) IN (SELECT p.room, p.number FROM `+placed+`)`, rooms, numbers)
	if err != nil {
		return nil, err
	}
	found := map[Place]*CodeSnapshot{}
	for _, s := range read {
		found[Place{s.RoomID, s.Number}] = s
	}
	return inOrder(places, found), nil
}

func (s *postgresStore) Contents(ctx context.Context, places []Place) ([]*Content, error) {
	return s.contents(ctx, places, "s.state")
}

func (s *postgresStore) Texts(ctx context.Context, places []Place) ([]*Content, error) {
	return s.contents(ctx, places, "NULL::bytea")
}

func (s *postgresStore) contents(ctx context.Context, places []Place, state string) ([]*Content, error) {
	rooms, numbers := split(places)
	rows, err := s.pool.Query(ctx, `SELECT s.room_id, s.number, s.texts, `+state+` FROM code_snapshots s
		WHERE (s.room_id, s.number) IN (SELECT p.room, p.number FROM `+placed+`)`, rooms, numbers)
	if err != nil {
		return nil, fmt.Errorf("read contents of snapshots: %w", err)
	}
	found := map[Place]*Content{}
	var at Place
	var c Content
	_, err = pgx.ForEachRow(rows, []any{&at.RoomID, &at.Number, &c.Texts, &c.State}, func() error {
		read := c
		found[at] = &read
		c = Content{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read contents of snapshots: %w", err)
	}
	return inOrder(places, found), nil
}

func (s *postgresStore) Pages(ctx context.Context, rooms []string, w page.Window) ([][]*CodeSnapshot, error) {
	where, by, limit, args := newest.Window(w, []any{rooms})
	rows, err := s.pool.Query(ctx, `
		SELECT r.n, `+columns+`
		FROM unnest($1::uuid[]) WITH ORDINALITY AS r(id, n)
		CROSS JOIN LATERAL (
			SELECT s.* FROM code_snapshots s WHERE s.room_id = r.id AND `+where+` ORDER BY `+by+` LIMIT `+limit+`
		) s
		ORDER BY r.n, `+by, args...)
	if err != nil {
		return nil, fmt.Errorf("read pages of snapshots: %w", err)
	}
	pages := make([][]*CodeSnapshot, len(rooms))
	var n int
	var read CodeSnapshot
	_, err = pgx.ForEachRow(rows, append([]any{&n}, read.fields()...), func() error {
		copied := read
		pages[n-1] = append(pages[n-1], &copied)
		read.AuthorID, read.Label, read.Restored = nil, nil, nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read pages of snapshots: %w", err)
	}
	return pages, nil
}

func (s *postgresStore) Count(ctx context.Context, rooms []string) (map[string]int, error) {
	// Snapshots are numbered without gaps, and none is ever deleted alone.
	rows, err := s.pool.Query(ctx, `SELECT id, last FROM rooms WHERE id = ANY($1) AND NOT closed`, rooms)
	if err != nil {
		return nil, fmt.Errorf("count snapshots: %w", err)
	}
	counts := make(map[string]int, len(rooms))
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
	if err != nil {
		return nil, fmt.Errorf("count snapshots: %w", err)
	}
	return counts, nil
}

func (s *postgresStore) Latest(ctx context.Context, rooms []string) ([]*CodeSnapshot, error) {
	found, err := s.read(ctx, "latest snapshots", `SELECT `+columns+` FROM rooms r
		JOIN code_snapshots s ON s.room_id = r.id AND s.number = r.last WHERE r.id = ANY($1)`, rooms)
	if err != nil {
		return nil, err
	}
	return batch.InOrder(rooms, found, func(s *CodeSnapshot) string { return s.RoomID }), nil
}

func (s *postgresStore) Then(ctx context.Context, rooms []string, times []time.Time) ([]*CodeSnapshot, error) {
	rows, err := s.pool.Query(ctx, `SELECT a.n, `+columns+`
		FROM unnest($1::uuid[], $2::timestamptz[]) WITH ORDINALITY AS a(room, at, n)
		CROSS JOIN LATERAL (
			SELECT s.* FROM code_snapshots s WHERE s.room_id = a.room AND s.created_at <= a.at
			ORDER BY s.created_at DESC, s.number DESC LIMIT 1
		) s`, rooms, times)
	if err != nil {
		return nil, fmt.Errorf("read snapshots of then: %w", err)
	}
	found := make([]*CodeSnapshot, len(rooms))
	var n int
	var read CodeSnapshot
	_, err = pgx.ForEachRow(rows, append([]any{&n}, read.fields()...), func() error {
		copied := read
		found[n-1] = &copied
		read = CodeSnapshot{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read snapshots of then: %w", err)
	}
	return found, nil
}

func (c *Content) texts() ([]byte, error) {
	text, err := json.Marshal(c.Texts)
	if err != nil {
		return nil, fmt.Errorf("write texts: %w", err)
	}
	return text, nil
}
