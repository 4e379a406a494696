package eventstest

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
	"heddle/internal/postgres"
	"heddle/internal/run"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// TestStores_Quiet follows an event, and the one that is published by handling
// it, from the outbox to the end.
func TestStores_Quiet(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	stores := Stores{Postgres: storetest.Postgres(t), NATS: storetest.NATS(t)}
	at, err := url.Parse(stores.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	stores.Prefix = strings.TrimPrefix(at.Path, "/")
	pool, err := postgres.Server{URL: stores.Postgres}.Open(ctx, stores.Prefix, events.Migration())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	conn, err := nats.Connect(stores.NATS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	w := watched{t, stores}
	publish(t, pool, "first")
	relay := events.NewRelay(events.Config{Domain: "dyer", Pool: pool, NATS: conn})
	begun, release, handled := make(chan string, 2), make(chan struct{}), make(chan string, 2)
	consumer := events.NewConsumer(events.Config{Domain: "dyer", Pool: pool, NATS: conn, Handlers: map[string]events.Handler{
		"thread.dyed": func(ctx context.Context, tx pgx.Tx, e events.Event) error {
			begun <- e.Entity
			<-release
			handled <- e.Entity
			if e.Entity == "first" {
				return events.Append(ctx, tx, event(t, "second"))
			}
			return nil
		},
	}})
	w.wants("some are in the outbox of " + stores.Prefix)
	w.wants("dyer does not listen yet", "dyer")
	start(t, relay)
	start(t, consumer)
	<-begun
	w.wants("0 are to be handed to dyer, and it is at 1", "dyer")
	close(release)
	stores.Quiet(t, "dyer")
	if len(handled) != 2 {
		t.Errorf("when it is quiet %d are handled, want 2", len(handled))
	}
}

func event(t *testing.T, entity string) events.Event {
	e, err := events.New(t.Context(), uuid.Must(uuid.NewV7()).String(), "thread.dyed", time.Now(), entity, events.Nothing{})
	if err != nil {
		t.Error(err)
	}
	return e
}

func publish(t *testing.T, pool *pgxpool.Pool, entity string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return events.Append(t.Context(), tx, event(t, entity)) })
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, s run.Service) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// watched are stores that a test looks at once.
type watched struct {
	t *testing.T
	Stores
}

func (w watched) wants(where string, listeners ...string) {
	w.t.Helper()
	conn, err := nats.Connect(w.NATS)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	bus, err := jetstream.New(conn)
	if err != nil {
		w.t.Fatal(err)
	}
	boxes, err := w.outboxes(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := onTheWay(w.t.Context(), bus, boxes, listeners)
	if err != nil || got != where {
		w.t.Errorf("on the way: %q (%v), want %q", got, err, where)
	}
	if err := boxes.close(); err != nil {
		w.t.Error(err)
	}
}
