package events_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
)

// Variables that make the test binary a process which appends, relays and
// handles events until it is killed.
const (
	killablePostgres = "HEDDLE_TEST_EVENTS_POSTGRES"
	killableNATS     = "HEDDLE_TEST_EVENTS_NATS"
)

func TestMain(m *testing.M) {
	if at := os.Getenv(killablePostgres); at != "" {
		slog.Error("the process to kill ended by itself", "error", untilKilled(context.Background(), at, os.Getenv(killableNATS)))
		os.Exit(1)
	}
	storetest.Main(m)
}

// untilKilled runs the exchange and commits events, and prints a line for each
// that is committed.
func untilKilled(ctx context.Context, postgresURL, natsURL string) error {
	pool, err := pgxpool.New(ctx, postgresURL)
	if err != nil {
		return err
	}
	conn, err := nats.Connect(natsURL)
	if err != nil {
		return err
	}
	exchange := events.Exchange(events.Config{
		Domain: "loom", Pool: pool, NATS: conn, Pause: time.Millisecond,
		Handlers: map[string]events.Handler{"thread.dyed": record},
	})
	if err := exchange.Start(ctx); err != nil {
		return err
	}
	for n := 0; ; n++ {
		id := uuid.Must(uuid.NewV7()).String()
		e, err := events.New(ctx, id, "thread.dyed", time.Now(), "t"+strconv.Itoa(n%3), id)
		if err != nil {
			return err
		}
		if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return events.Append(ctx, tx, e) }); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// Processes that are killed at any moment between a commit, its relay, its
// delivery, its effect and the acknowledgement lose nothing and do nothing twice.
func TestExchange_killed(t *testing.T) {
	t.Parallel()
	natsURL := storetest.NATS(t)
	w := worldAt(t, natsURL)
	var committed []string
	for round := range 8 {
		committed = append(committed, w.killedAfter(natsURL, 20+37*round)...)
	}
	w.start(events.Exchange(w.config(record)))
	w.eventually("SELECT NOT EXISTS (SELECT FROM outbox)")
	last := w.append("end", "the end") // handled after everything before it
	w.eventually("SELECT EXISTS (SELECT FROM inbox WHERE handled_at IS NOT NULL AND event = '" + last.ID + "')")

	times := map[string]int{}
	rows, err := w.pool.Query(t.Context(), "SELECT text, count(*) FROM effects GROUP BY text")
	if err != nil {
		t.Fatal(err)
	}
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { times[id] = n; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range committed {
		if times[id] != 1 {
			t.Errorf("event %s was committed and had its effect %d times", id, times[id])
		}
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("event %s had its effect %d times", id, n)
		}
	}
	var disorder int
	err = w.pool.QueryRow(t.Context(), `SELECT count(*) FROM (
		SELECT text < lag(text) OVER (PARTITION BY entity ORDER BY number) AS late FROM effects WHERE entity <> 'end') AS order_of WHERE late`).Scan(&disorder)
	if err != nil || disorder != 0 {
		t.Errorf("%d effects came before those of earlier events of their entity (%v)", disorder, err)
	}
}

// killedAfter runs the process until it has committed n events and kills it.
func (w *world) killedAfter(natsURL string, n int) (committed []string) {
	w.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killablePostgres+"="+w.pool.Config().ConnString(), killableNATS+"="+natsURL)
	cmd.Stderr = w.t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		committed = append(committed, lines.Text())
		if len(committed) == n {
			if err := cmd.Process.Kill(); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(committed) < n {
		w.t.Fatalf("the process ended after %d events, before it was killed", len(committed))
	}
	return committed
}
