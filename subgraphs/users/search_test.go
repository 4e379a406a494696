package users

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/embedded/storetest"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// many are people whose names repeat, as names do.
const many = `
	WITH names AS (
		SELECT n, (ARRAY['maria','anna','joe','li','yusuf','priya','johann','chloe','ines','bo'])[1 + n % 10] AS first,
			(ARRAY['smith','garcia','nguyen','kowalski','okafor','hansen','rossi'])[1 + n % 7] AS last
		FROM generate_series(1, $1::int) n),
	people AS (
		INSERT INTO users (id, username, email, first_name, last_name, created_at, search)
		SELECT gen_random_uuid(), substr(md5(n::text), 1, 6) || n, n || '@big.example', first, last, now(),
			' ' || substr(md5(n::text), 1, 6) || n || ' ' || first || ' ' || last FROM names RETURNING id),
	profiles AS (INSERT INTO user_profiles (user_id) SELECT id FROM people)
	INSERT INTO user_preferences (user_id, theme, language, notify_in_app, notify_email, notify_sms, notify_push)
	SELECT id, 'SYSTEM', 'en', true, true, false, false FROM people`

func crowded(t *testing.T, people int) *pgxpool.Pool {
	t.Helper()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := storetest.PostgresServer(t).Open(t.Context(), database, postgres.Migration{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), many, people); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	return pool
}

func TestSearch_reads_by_an_index(t *testing.T) {
	t.Parallel()
	pool := crowded(t, 60_000)
	for _, c := range []struct {
		name, text string
		indexes    []string // any of which a tier may use, by tier
	}{
		{"a text that is rare", "zorblax", []string{"users_username", "users_search", "users_search"}},
		{"a text that many match", "smith", []string{"users_username", "users_username users_search", "users_username users_search"}},
		{"one letter", "z", []string{"users_username", "users_username users_search"}},
	} {
		for n, allowed := range c.indexes {
			plan := explain(t, pool, n, c.text)
			used := false
			for _, index := range strings.Fields(allowed) {
				used = used || strings.Contains(plan, "on "+index) || strings.Contains(plan, "using "+index)
			}
			if !used || strings.Contains(plan, "Seq Scan on users") {
				t.Errorf("%s, tier %d is read by\n%swant %s", c.name, n, plan, allowed)
			}
		}
	}
}

func explain(t *testing.T, pool *pgxpool.Pool, n int, text string) string {
	t.Helper()
	statement, args := tierStatement(n, text, page.Window{Limit: 20})
	rows, err := pool.Query(t.Context(), `EXPLAIN `+statement, append([]any{postgres.PlanAnew}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestSearch_pages_join_without_gap_or_overlap(t *testing.T) {
	t.Parallel()
	store := &postgresStore{crowded(t, 5_000)}
	for _, text := range []string{"ne", "han", "12", "rossi"} {
		whole := walk(t, store, text, 100)
		n, err := store.CountMatches(t.Context(), text)
		if err != nil || len(whole) != min(n, 300) {
			t.Errorf("%q: the pages have %d people, counted are %d (%v)", text, len(whole), n, err)
		}
		seen := map[string]bool{}
		for i, key := range whole {
			if seen[key] || (i > 0 && key <= whole[i-1]) {
				t.Errorf("%q: %s comes out of order, or twice", text, key)
			}
			seen[key] = true
		}
		if small := walk(t, store, text, 7); strings.Join(small[:min(7*3, len(small))], " ") != strings.Join(whole[:min(7*3, len(whole))], " ") {
			t.Errorf("%q: small pages give others than large ones", text)
		}
	}
}

// walk reads three pages and gives the places of those found.
func walk(t *testing.T, s *postgresStore, text string, size int) (keys []string) {
	t.Helper()
	w := page.Window{Limit: size}
	key := keyOfMatch(text)
	for range 3 {
		found, err := s.Search(t.Context(), text, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range found[:min(size, len(found))] {
			keys = append(keys, strings.Join(key(u), " "))
			w.After = key(u)
		}
		if len(found) <= size {
			break
		}
	}
	return keys
}
