package rooms

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"heddle/internal/subgraph/subgraphtest"
)

// A change of a room with 100,000 participants reads a handful of them.
func TestStore_Change_of_a_crowded_room(t *testing.T) {
	t.Parallel()
	w := subgraphtest.New(t)
	w.Env.Postgres.MaxConns = 2
	r, err := Open(t.Context(), w.Env)
	if err != nil {
		t.Fatal(err)
	}
	store := r.Store.(*postgresStore)
	defer store.pool.Close()
	room, owner := uuid.Must(uuid.NewV7()).String(), uuid.NewString()
	made, err := NewRoom(room, "Crowd", RoomVisibilityOpen, owner, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(t.Context(), made, nil); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO room_participants SELECT '` + room + `', gen_random_uuid(), 'MEMBER', now() + n * interval '1 second' FROM generate_series(1, 100000) n`,
		`ANALYZE`,
	} {
		if _, err := store.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	someone := uuid.NewString()
	for _, c := range []struct {
		name string
		rule func(*Room) error
	}{
		{"join", func(r *Room) error { return r.Join(someone, noon) }},
		{"leave", func(r *Room) error { return r.Leave(someone) }},
		{"the owner leaves", func(r *Room) error { return r.Leave(owner) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := rowsRead(t, store)
			changed, err := store.Change(t.Context(), room, []string{someone, owner}, c.rule)
			if err != nil {
				t.Fatal(err)
			}
			if n := rowsRead(t, store) - before; n > 50 || len(changed.Participants) > 4 {
				t.Errorf("read %d rows and held %d participants, want a handful", n, len(changed.Participants))
			}
		})
	}
}

// rowsRead is how many rows of participants PostgreSQL has read so far, through
// indexes or without.
func rowsRead(t *testing.T, s *postgresStore) (n int) {
	t.Helper()
	// Each connection counts for itself, and adds that up when asked.
	for _, conn := range s.pool.AcquireAllIdle(t.Context()) {
		_, err := conn.Exec(t.Context(), `SELECT pg_stat_force_next_flush()`)
		conn.Release()
		if err != nil {
			t.Fatal(err)
		}
	}
	err := pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(context.Background(), `SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'room_participants'`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
