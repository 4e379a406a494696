package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/embedded/storetest"
	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// newServer gives the shared server, with names of this test's own; what is
// opened there is migrated, not copied.
func newServer(t *testing.T) postgres.Server {
	t.Helper()
	s := storetest.PostgresServer(t)
	s.Template = nil
	return s
}

func migration(files ...string) postgres.Migration {
	m := fstest.MapFS{}
	for i, text := range files {
		m[strings.Repeat("0", 2)+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return postgres.Migration{Files: m}
}

func open(t *testing.T, s postgres.Server, migrations ...postgres.Migration) *pgxpool.Pool {
	t.Helper()
	pool, err := s.Open(t.Context(), "loom", migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func TestServer_Open_many_at_once(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			pool, err := s.Open(t.Context(), "loom", migration("CREATE TABLE threads (colour text);"), postgres.Idempotency())
			if err != nil {
				t.Error(err)
				return
			}
			defer pool.Close()
			if _, err := pool.Exec(t.Context(), "INSERT INTO threads VALUES ('red')"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	pool := open(t, s, migration("CREATE TABLE threads (colour text);", "ALTER TABLE threads ADD COLUMN length int;"))
	var n int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM threads WHERE length IS NULL").Scan(&n); err != nil || n != 5 {
		t.Errorf("%d rows (%v) after the second migration, want 5", n, err)
	}
}

func TestServer_Open_refused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		name   string
		server postgres.Server
		with   postgres.Migration
		want   string
	}{
		{"another scheme", postgres.Server{URL: "mysql://localhost/x"}, migration(), `the PostgreSQL URL must have the form "postgres://user:password@host:port/database"`},
		{"nobody there", postgres.Server{URL: "postgres://a:b@127.0.0.1:1/x"}, migration(), "make database loom: "},
		{"a migration that fails", s, migration("CREATE TABLE;"), "migrate database " + s.Prefix + "loom: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			pool, err := c.server.Open(t.Context(), "loom", c.with)
			if err == nil {
				pool.Close()
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestTransact(t *testing.T) {
	t.Parallel()
	pool := open(t, newServer(t), migration("CREATE TABLE threads (colour text CONSTRAINT colours UNIQUE, length int);", "INSERT INTO threads VALUES ('red', 0), ('blue', 0);"))
	broken := errors.New("broken")
	err := postgres.Transact(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "INSERT INTO threads VALUES ('green', 0)"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want broken", err)
	}
	err = postgres.Transact(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO threads VALUES ('red', 0)")
		return err
	})
	if !postgres.Violates(err, "colours") || postgres.Violates(err, "others") || postgres.Violates(broken, "colours") {
		t.Errorf("error %v, want one of the constraint colours", err)
	}
	// Two take the same locks in opposite orders, again and again: one of them is
	// rolled back by PostgreSQL each time, and runs again.
	var both sync.WaitGroup
	for _, order := range [][]string{{"red", "blue"}, {"blue", "red"}} {
		both.Go(func() {
			for range 5 {
				err := postgres.Transact(t.Context(), pool, func(tx pgx.Tx) error {
					for _, colour := range order {
						if _, err := tx.Exec(t.Context(), "UPDATE threads SET length = length + 1 WHERE colour = $1", colour); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	var sum int
	if err := pool.QueryRow(t.Context(), "SELECT sum(length) FROM threads").Scan(&sum); err != nil || sum != 20 {
		t.Errorf("sum %d (%v), want 20: each piece of work once", sum, err)
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	pool := open(t, newServer(t), postgres.Idempotency())
	key := func(s string) *string { return &s }
	once := func(r postgres.Request, id string) (got string, made bool, err error) {
		err = postgres.Transact(t.Context(), pool, func(tx pgx.Tx) (err error) {
			got, made, err = postgres.Once(t.Context(), tx, r, func() (string, error) { return id, nil })
			return err
		})
		return got, made, err
	}
	base := postgres.Request{Person: "ada", Operation: "createThread", Key: key("k"), Input: "red"}
	with := func(change func(r *postgres.Request)) postgres.Request {
		r := base
		change(&r)
		return r
	}
	for _, c := range []struct {
		name    string
		request postgres.Request
		want    string
		made    bool
		code    fault.Code
	}{
		{"the first", base, "1", true, ""},
		{"the same again", base, "1", false, ""},
		{"without a key", with(func(r *postgres.Request) { r.Key = nil }), "3", true, ""},
		{"without a key again", with(func(r *postgres.Request) { r.Key = nil }), "4", true, ""},
		{"another key", with(func(r *postgres.Request) { r.Key = key("l") }), "5", true, ""},
		{"another person", with(func(r *postgres.Request) { r.Person = "grace" }), "6", true, ""},
		{"another operation", with(func(r *postgres.Request) { r.Operation = "createLoom" }), "7", true, ""},
		{"another input", with(func(r *postgres.Request) { r.Input = "blue" }), "", false, fault.Conflict},
		{"an empty key", with(func(r *postgres.Request) { r.Key = key("") }), "", false, fault.BadInput},
		{"a long key", with(func(r *postgres.Request) { r.Key = key(strings.Repeat("é", 255)) }), "10", true, ""},
		{"too long a key", with(func(r *postgres.Request) { r.Key = key(strings.Repeat("é", 256)) }), "", false, fault.BadInput},
	} {
		number := map[bool]string{true: c.want, false: "unused"}[c.made]
		got, made, err := once(c.request, number)
		if got != c.want || made != c.made || fault.CodeOf(err) != c.code {
			t.Errorf("%s: %q, made %t (%v), want %q, %t and code %q", c.name, got, made, err, c.want, c.made, c.code)
		}
	}
}

// What could not be created is not remembered.
func TestOnce_creation_fails(t *testing.T) {
	t.Parallel()
	pool := open(t, newServer(t), postgres.Idempotency())
	key, broken := "k", errors.New("broken")
	for _, c := range []struct{ err, want error }{{broken, broken}, {nil, nil}} {
		err := postgres.Transact(t.Context(), pool, func(tx pgx.Tx) error {
			_, _, err := postgres.Once(t.Context(), tx, postgres.Request{Person: "ada", Operation: "o", Key: &key}, func() (string, error) { return "1", c.err })
			return err
		})
		if !errors.Is(err, c.want) {
			t.Errorf("error %v, want %v", err, c.want)
		}
	}
}

// Every page of every size, in both directions and both orders, against the
// same list in memory.
func TestOrder_Window(t *testing.T) {
	t.Parallel()
	pool := open(t, newServer(t), migration("CREATE TABLE threads (colour text, n int);",
		"INSERT INTO threads SELECT c, n FROM unnest(ARRAY['red', 'blue', 'green']) c, generate_series(1, 3) n;"))
	for _, descending := range []bool{false, true} {
		order := postgres.Order{Columns: []string{"t.colour::text", "t.n::int"}, Descending: descending}
		all := readKeys(t, pool, order, page.Window{Limit: 100})
		for from := -1; from < len(all); from++ {
			for to := from + 1; to <= len(all); to++ {
				for _, backward := range []bool{false, true} {
					w := page.Window{Limit: 2, Backward: backward}
					want := slices.Clone(all[from+1 : to])
					if from >= 0 {
						w.After = strings.Split(all[from], " ")
					}
					if to < len(all) {
						w.Before = strings.Split(all[to], " ")
					}
					if backward {
						slices.Reverse(want)
					}
					want = want[:min(len(want), 3)] // one beyond the limit
					if diff := cmp.Diff(want, readKeys(t, pool, order, w)); diff != "" {
						t.Fatalf("descending %t, window %+v (-want +got):\n%s", descending, w, diff)
					}
				}
			}
		}
	}
}

func readKeys(t *testing.T, pool *pgxpool.Pool, order postgres.Order, w page.Window) []string {
	t.Helper()
	where, by, limit, args := order.Window(w, []any{"%"})
	rows, err := pool.Query(t.Context(), `SELECT t.colour || ' ' || t.n FROM threads t WHERE t.colour LIKE $1 AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if keys == nil {
		keys = []string{}
	}
	return keys
}

func TestLike(t *testing.T) {
	t.Parallel()
	got := []string{postgres.LikeAnywhere(`50%_\`), postgres.LikePrefix(`a_b`)}
	if diff := cmp.Diff([]string{`%50\%\_\\%`, `a\_b%`}, got); diff != "" {
		t.Errorf("patterns (-want +got):\n%s", diff)
	}
}
