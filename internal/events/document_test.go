package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/await"
	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
	"heddle/internal/mongo"
	"heddle/internal/run"
)

// threadDyed is what the documents' domain publishes.
var threadDyed = events.Declare[string]("thread.dyed", 1, "A thread has another colour. The entity is the thread.")

// loom is a domain on MongoDB: threads, each with its colours in order, and what
// was heard of them.
type loom struct {
	t    *testing.T
	db   *driver.Database
	nats *nats.Conn
}

func newLoom(t *testing.T) *loom { t.Helper(); return loomAt(t, storetest.Mongo(t), storetest.NATS(t)) }

func loomAt(t *testing.T, mongoURL, natsURL string) *loom {
	t.Helper()
	db, err := mongo.Server{URL: mongoURL}.Open(t.Context(), "loom")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Client().Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	conn, err := nats.Connect(natsURL, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &loom{t, db, conn}
}

func (l *loom) config(handler events.DocumentHandler) events.DocumentConfig {
	c := events.DocumentConfig{Domain: "loom", Database: l.db, Collections: []string{"threads"}, NATS: l.nats, Tries: 3, Pause: time.Millisecond}
	if handler != nil {
		c.Handlers = map[string]events.DocumentHandler{"thread.dyed": handler}
	}
	return c
}

func (l *loom) start(s run.Service) {
	l.t.Helper()
	if err := s.Start(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { l.stop(s) })
}

func (l *loom) stop(s run.Service) {
	l.t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		l.t.Error(err)
	}
}

// dye changes the thread and writes the event, once per colour, and returns the
// last event.
func (l *loom) dye(thread string, colours ...string) (last events.Event) {
	l.t.Helper()
	for _, colour := range colours {
		e, err := dyeing(l.t.Context(), l.db, thread, colour)
		if err != nil {
			l.t.Fatal(err)
		}
		last = e
	}
	return last
}

func dyeing(ctx context.Context, db *driver.Database, thread, colour string) (events.Event, error) {
	e, err := threadDyed.New(ctx, uuid.Must(uuid.NewV7()).String(), time.Now(), thread, colour)
	if err != nil {
		return e, err
	}
	entry, err := events.Entry(e)
	if err != nil {
		return e, err
	}
	_, err = db.Collection("threads").UpdateOne(ctx, bson.M{"_id": thread},
		bson.M{"$set": bson.M{"colour": colour}, "$push": bson.M{events.Outbox: entry}}, options.UpdateOne().SetUpsert(true))
	return e, err
}

// note has the effect: it adds what the event says to what was heard of the
// thread, unless that holds the event already.
func (l *loom) note(ctx context.Context, e events.Event) error { return note(ctx, l.db, e) }

func note(ctx context.Context, db *driver.Database, e events.Event) error {
	colour, err := events.Data[string](e)
	if err != nil {
		return err
	}
	c := db.Collection("heard")
	if _, err := c.UpdateOne(ctx, bson.M{"_id": e.Entity}, bson.M{"$setOnInsert": bson.M{"colours": bson.A{}}}, options.UpdateOne().SetUpsert(true)); err != nil {
		return err
	}
	_, err = c.UpdateOne(ctx, bson.M{"_id": e.Entity, "handled": bson.M{"$ne": e.ID}},
		bson.M{"$push": bson.M{"handled": e.ID, "colours": colour}})
	return err
}

// heard is what the effects have left, once it is as long as what is wanted.
func (l *loom) heard(thread string, want ...string) {
	l.t.Helper()
	var d struct{ Colours []string }
	l.eventually(fmt.Sprintf("%d colours of %s", len(want), thread), func(ctx context.Context) (bool, error) {
		err := l.db.Collection("heard").FindOne(ctx, bson.M{"_id": thread}).Decode(&d)
		if errors.Is(err, driver.ErrNoDocuments) {
			err = nil
		}
		return len(d.Colours) >= len(want), err
	})
	if diff := cmp.Diff(want, d.Colours); diff != "" {
		l.t.Errorf("heard of %s (-want +got):\n%s", thread, diff)
	}
}

// sent waits until no document has an entry in its outbox.
func (l *loom) sent() {
	l.t.Helper()
	l.eventually("every entry sent", func(ctx context.Context) (bool, error) {
		n, err := l.db.Collection("threads").CountDocuments(ctx, bson.M{events.Outbox: "waiting"})
		return n == 0, err
	})
}

func (l *loom) eventually(what string, yes func(ctx context.Context) (bool, error)) {
	l.t.Helper()
	await.Until(l.t, what, func() (bool, error) { return yes(l.t.Context()) })
}

func TestDocuments_in_order_and_once(t *testing.T) {
	t.Parallel()
	l := newLoom(t)
	l.start(events.Documents(l.config(l.note)))
	l.dye("t1", "red", "blue", "green")
	l.dye("t2", "white")
	l.heard("t1", "red", "blue", "green")
	l.heard("t2", "white")
	l.sent()
}

func TestDocuments_NATS_down_during_writes(t *testing.T) {
	t.Parallel()
	server := storetest.NATSServer(t)
	l := loomAt(t, storetest.Mongo(t), server.URL())
	l.start(events.Documents(l.config(l.note)))
	l.dye("t1", "red")
	l.heard("t1", "red")
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.dye("t1", "blue", "green")
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.dye("t1", "black")
	l.heard("t1", "red", "blue", "green", "black")
	l.sent()
}

func TestDocuments_tombstone_goes_when_its_event_is_sent(t *testing.T) {
	t.Parallel()
	l := newLoom(t)
	l.dye("t1", "red")
	if _, err := l.db.Collection("threads").UpdateOne(t.Context(), bson.M{"_id": "t1"},
		bson.M{"$set": bson.M{events.DeletedAt: time.Now()}, "$unset": bson.M{"colour": ""}}); err != nil {
		t.Fatal(err)
	}
	l.dye("t2", "blue")
	l.start(events.Documents(l.config(l.note)))
	l.heard("t1", "red")
	l.heard("t2", "blue")
	l.sent()
	l.eventually("the tombstone gone", func(ctx context.Context) (bool, error) {
		n, err := l.db.Collection("threads").CountDocuments(ctx, bson.M{"_id": "t1"})
		return n == 0, err
	})
	if n, err := l.db.Collection("threads").CountDocuments(t.Context(), bson.M{}); n != 1 || err != nil {
		t.Errorf("%d threads are left, want t2 alone (%v)", n, err)
	}
}

func TestDocuments_fails_then_succeeds(t *testing.T) {
	t.Parallel()
	l := newLoom(t)
	failures := 2
	l.start(events.Documents(l.config(func(ctx context.Context, e events.Event) error {
		if e.Entity == "t1" && failures > 0 {
			failures--
			return errors.New("the dye is not ready")
		}
		return l.note(ctx, e)
	})))
	l.dye("t1", "red", "blue") // blue waits for red
	l.heard("t1", "red", "blue")
	l.records()
}

func TestDocuments_fails_for_good(t *testing.T) {
	t.Parallel()
	l := newLoom(t)
	l.start(events.Documents(l.config(func(ctx context.Context, e events.Event) error {
		if string(e.Data) == `"poison"` {
			panic("spilled")
		}
		return l.note(ctx, e)
	})))
	bad := l.dye("t1", "poison")
	l.dye("t1", "red")
	l.heard("t1", "red")
	js, err := jetstream.New(l.nats)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), events.DeadLetters)
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
	if got := letter.Header.Get(events.HeaderError); !strings.HasPrefix(got, "the handler panicked: spilled") {
		t.Errorf("error: %s", got)
	}
	l.records(bad.ID + " dead 3")
}

// records waits until the inbox holds these: id, state and tries of each.
func (l *loom) records(want ...string) {
	l.t.Helper()
	l.eventually(fmt.Sprintf("the inbox holds %q", want), func(ctx context.Context) (bool, error) {
		found, err := l.db.Collection("inbox").Find(ctx, bson.M{})
		if err != nil {
			return false, err
		}
		var records []struct {
			ID    string `bson:"_id"`
			State string
			Tries int
		}
		err = found.All(ctx, &records)
		got := []string{}
		for _, r := range records {
			got = append(got, fmt.Sprint(r.ID, " ", r.State, " ", r.Tries))
		}
		return cmp.Equal(append([]string{}, want...), got), err
	})
}

func TestDocuments_two_processes(t *testing.T) {
	t.Parallel()
	mongoURL, natsURL := storetest.Mongo(t), storetest.NATS(t)
	one, two := loomAt(t, mongoURL, natsURL), loomAt(t, mongoURL, natsURL)
	first, second := events.Documents(one.config(one.note)), events.Documents(two.config(two.note))
	one.start(first)
	one.dye("t1", "red")
	one.heard("t1", "red")
	two.start(second)
	two.dye("t1", "blue") // sent by the first, which the second wakes
	one.heard("t1", "red", "blue")
	one.nats.Close() // as if the first had died
	two.dye("t1", "green")
	two.heard("t1", "red", "blue", "green")
	one.dye("t1", "black") // the first still writes
	two.heard("t1", "red", "blue", "green", "black")
}

func TestEntry_too_large(t *testing.T) {
	t.Parallel()
	e, err := threadDyed.New(t.Context(), uuid.NewString(), time.Now(), "t1", strings.Repeat("x", 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := events.Entry(e); err == nil || !strings.Contains(err.Error(), "the bus takes at most") {
		t.Errorf("error %v, want that the event is too large", err)
	}
}
