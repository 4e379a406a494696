package collaboration

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/events"
	"heddle/internal/yjs"
)

// postgresStore reads and writes the database code_talk_collaboration.
type postgresStore struct {
	pool *pgxpool.Pool
	// settled gives the events that hand a document over.
	settled func(ctx context.Context, r *Record, doc *yjs.Doc) ([]events.Event, error)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (s *postgresStore) Records(ctx context.Context, rooms []string, known map[string]Merged) ([]*Record, error) {
	return records(ctx, s.pool, rooms, known)
}

// records reads each document in one statement, so as it stood at one time.
func records(ctx context.Context, from querier, rooms []string, known map[string]Merged) ([]*Record, error) {
	have := make([]int64, len(rooms))
	for i, room := range rooms {
		have[i] = known[room].Number
	}
	rows, err := from.Query(ctx, `
		SELECT d.room_id, d.last, d.written_at, d.written_by,
			CASE WHEN k.have = 0 OR d.merged > k.have OR d.last < k.have THEN d.state END,
			ARRAY(SELECT u.data FROM updates u WHERE u.room_id = d.room_id
				AND u.number > CASE WHEN d.last < k.have THEN d.merged ELSE greatest(k.have, d.merged) END ORDER BY u.number)
		FROM unnest($1::uuid[], $2::bigint[]) AS k(room, have) JOIN documents d ON d.room_id = k.room`, rooms, have)
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	byRoom := map[string]*Record{}
	var r Record
	var state []byte
	var updates [][]byte
	_, err = pgx.ForEachRow(rows, []any{&r.RoomID, &r.Number, &r.WrittenAt, &r.WrittenBy, &state, &updates}, func() error {
		read := r
		read.Updates = append([][]byte{state}, updates...)
		if state == nil {
			read.Updates[0] = known[r.RoomID].State
		}
		byRoom[r.RoomID] = &read
		state, updates, r = nil, nil, Record{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	found := make([]*Record, len(rooms))
	for i, room := range rooms {
		if found[i] = byRoom[room]; found[i] == nil {
			found[i] = &Record{RoomID: room}
		}
	}
	return found, nil
}

func (s *postgresStore) Updates(ctx context.Context, room string, after, upTo int64, limit int) ([]Happening, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT number, coalesce(author_id::text, ''), client_id, data FROM updates
		WHERE room_id = $1 AND number > $2 AND number <= $3 ORDER BY number LIMIT $4`, room, after, upTo, limit)
	if err != nil {
		return nil, fmt.Errorf("read updates of room %s: %w", room, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Happening])
	if err != nil {
		return nil, fmt.Errorf("read updates of room %s: %w", room, err)
	}
	return found, nil
}

func (s *postgresStore) Last(ctx context.Context, room string) (last int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT last FROM documents WHERE room_id = $1`, room).Scan(&last)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the last number of room %s: %w", room, err)
	}
	return last, nil
}
