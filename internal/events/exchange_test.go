package events_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/await"
	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
	"heddle/internal/postgres"
	"heddle/internal/run"
	"heddle/internal/trace"
)

// world is a domain's database and a NATS server.
type world struct {
	t      *testing.T
	server postgres.Server
	pool   *pgxpool.Pool
	nats   *nats.Conn
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return worldAt(t, storetest.NATS(t))
}

func worldAt(t *testing.T, natsURL string) *world {
	t.Helper()
	return worldOn(t, storetest.PostgresServer(t), natsURL)
}

// worldOn is a world in a database of the server.
func worldOn(t *testing.T, server postgres.Server, natsURL string) *world {
	t.Helper()
	pool, err := server.Open(t.Context(), "loom", events.Migration())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), "CREATE TABLE effects (number bigint GENERATED ALWAYS AS IDENTITY, entity text, text text)"); err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Connect(natsURL, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &world{t, server, pool, conn}
}

// database is that of another domain.
func (w *world) database(domain string) *pgxpool.Pool {
	w.t.Helper()
	pool, err := w.server.Open(w.t.Context(), domain, events.Migration())
	if err != nil {
		w.t.Fatalf("open the database of %s: %v", domain, err)
	}
	w.t.Cleanup(pool.Close)
	return pool
}

// config is a domain that listens to thread.dyed, with signals for the test.
func (w *world) config(handler events.Handler) events.Config {
	c := events.Config{Domain: "loom", Pool: w.pool, NATS: w.nats, Tries: 3, Pause: time.Millisecond}
	if handler != nil {
		c.Handlers = map[string]events.Handler{"thread.dyed": handler}
	}
	return c
}

func (w *world) start(s run.Service) {
	w.t.Helper()
	if err := s.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.stop(s) })
}

func (w *world) stop(s run.Service) {
	w.t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		w.t.Error(err)
	}
}

// append commits one event per text, all about the entity, and returns the last.
func (w *world) append(entity string, texts ...string) (last events.Event) {
	w.t.Helper()
	for _, text := range texts {
		e, err := events.New(w.t.Context(), uuid.Must(uuid.NewV7()).String(), "thread.dyed", time.Now(), entity, text)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) error { return events.Append(w.t.Context(), tx, e) }); err != nil {
			w.t.Fatal(err)
		}
		last = e
	}
	return last
}

// record has the effect: one row per event.
func record(ctx context.Context, tx pgx.Tx, e events.Event) error {
	_, err := tx.Exec(ctx, "INSERT INTO effects (entity, text) VALUES ($1, $2::jsonb #>> '{}')", e.Entity, string(e.Data))
	return err
}

// effects waits until there are n, then reads them in order.
func (w *world) effects(n int) []string {
	w.t.Helper()
	w.eventually(fmt.Sprintf("SELECT count(*) >= %d FROM effects", n))
	rows, err := w.pool.Query(w.t.Context(), "SELECT text FROM effects ORDER BY number")
	if err != nil {
		w.t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	return texts
}

// eventually asks until the answer is true.
func (w *world) eventually(question string) {
	w.t.Helper()
	await.Until(w.t, question, func() (yes bool, err error) {
		return yes, w.pool.QueryRow(w.t.Context(), question).Scan(&yes)
	})
}

func (w *world) js() jetstream.JetStream {
	w.t.Helper()
	js, err := jetstream.New(w.nats)
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

func (w *world) same(want, got []string) {
	w.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("effects (-want +got):\n%s", diff)
	}
}

func TestExchange_in_order_and_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(events.Exchange(w.config(record)))
	w.append("t1", "red", "blue", "green")
	w.same([]string{"red", "blue", "green"}, w.effects(3))
	w.eventually("SELECT NOT EXISTS (SELECT FROM outbox)")
}

func TestAppend_rolled_back(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(events.Exchange(w.config(record)))
	changed := errors.New("changed my mind")
	err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		e, err := events.New(t.Context(), uuid.Must(uuid.NewV7()).String(), "thread.dyed", time.Now(), "t1", "never")
		return errors.Join(err, events.Append(t.Context(), tx, e), changed)
	})
	if !errors.Is(err, changed) {
		t.Fatal(err)
	}
	w.append("t1", "red")
	w.same([]string{"red"}, w.effects(1))
}

func TestExchange_NATS_down_during_writes(t *testing.T) {
	t.Parallel()
	server := storetest.NATSServer(t)
	w := worldAt(t, server.URL())
	w.start(events.Exchange(w.config(record)))
	w.append("t1", "red")
	w.effects(1)
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.append("t1", "blue", "green")
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.append("t1", "black")
	w.same([]string{"red", "blue", "green", "black"}, w.effects(4))
}

func TestExchange_started_again(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := events.Exchange(w.config(record))
	w.start(first)
	w.append("t1", "red")
	w.effects(1)
	w.stop(first)
	w.append("t1", "blue")
	w.start(events.Exchange(w.config(record)))
	w.same([]string{"red", "blue"}, w.effects(2))
}

// A relay that dies after the stream has the event but before the outbox is
// cleared sends it again; a stream that has forgotten the id takes it twice.
func TestConsumer_delivered_twice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(events.Exchange(w.config(record)))
	e := w.append("t1", "red")
	w.effects(1)
	s, err := w.js().Stream(t.Context(), events.Stream)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(t.Context(), "events."+e.Type)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.js().Publish(t.Context(), "events."+e.Type, msg.Data); err != nil { // without its id
		t.Fatal(err)
	}
	w.append("t1", "blue")
	w.same([]string{"red", "blue"}, w.effects(2))
}

func TestRelay_sent_before_it_died(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	relay := events.NewRelay(w.config(nil))
	w.start(relay)
	e := w.append("t1", "red")
	w.eventually("SELECT NOT EXISTS (SELECT FROM outbox)")
	w.stop(relay)
	// as if the outbox had not been cleared
	if err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return events.Append(t.Context(), tx, e) }); err != nil {
		t.Fatal(err)
	}
	w.start(events.NewRelay(w.config(nil)))
	w.eventually("SELECT NOT EXISTS (SELECT FROM outbox)")
	s, err := w.js().Stream(t.Context(), events.Stream)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context())
	if err != nil || info.State.Msgs != 1 {
		t.Errorf("the stream holds %d messages, want 1 (%v)", info.State.Msgs, err)
	}
}

func TestConsumer_fails_then_succeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	failures := 2
	w.start(events.Exchange(w.config(func(ctx context.Context, tx pgx.Tx, e events.Event) error {
		if err := record(ctx, tx, e); err != nil {
			return err
		}
		if e.Entity == "t1" && failures > 0 {
			failures--
			return errors.New("the dye is not ready")
		}
		return nil
	})))
	w.append("t1", "red", "blue") // blue waits for red
	w.same([]string{"red", "blue"}, w.effects(2))
}

func TestConsumer_fails_for_good(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(events.Exchange(w.config(func(ctx context.Context, tx pgx.Tx, e events.Event) error {
		if string(e.Data) == `"poison"` {
			panic("spilled")
		}
		return record(ctx, tx, e)
	})))
	bad := w.append("t1", "poison")
	w.append("t1", "red")
	w.same([]string{"red"}, w.effects(1))

	s, err := w.js().Stream(t.Context(), events.DeadLetters)
	if err != nil {
		t.Fatal(err)
	}
	letter, err := s.GetLastMsgForSubject(t.Context(), "dead.loom.thread.dyed")
	if err != nil {
		t.Fatal(err)
	}
	if got := letter.Header.Get(events.HeaderTries); got != "3" {
		t.Errorf("tries: %s, want 3", got)
	}
	w.eventually("SELECT dead_at IS NOT NULL AND handled_at IS NULL FROM inbox WHERE event = '" + bad.ID + "'")
}

func TestExchange_two_processes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := events.Exchange(w.config(record)), events.Exchange(w.config(record))
	w.start(first)
	w.append("t1", "red")
	w.effects(1)
	w.start(second)
	w.append("t1", "blue")
	w.effects(2)
	w.stop(first)
	w.append("t1", "green")
	w.same([]string{"red", "blue", "green"}, w.effects(3))
}

// A handler, and what it causes, belong to the request and the trace that caused
// the event.
func TestExchange_request_and_trace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	heard := make(chan [2]string, 1)
	w.start(events.Exchange(w.config(func(ctx context.Context, _ pgx.Tx, _ events.Event) error {
		heard <- [2]string{trace.RequestID(ctx), trace.Parent(ctx)}
		return nil
	})))
	parent := trace.NewParent()
	ctx := trace.WithParent(trace.WithRequestID(t.Context(), "r1"), parent)
	e, err := events.New(ctx, uuid.Must(uuid.NewV7()).String(), "thread.dyed", time.Now(), "t1", "red")
	if err == nil {
		err = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return events.Append(ctx, tx, e) })
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != [2]string{"r1", parent} {
		t.Errorf("the handler belongs to %q", got)
	}
}
