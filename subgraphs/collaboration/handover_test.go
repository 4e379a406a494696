package collaboration_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"heddle/internal/events"
	"heddle/internal/yjs"
	"heddle/subgraphs/collaboration"
)

// settled is a document that was handed over, or a part of it.
type settled struct {
	Number      int
	Part, Parts int
	WrittenBy   *string
	State       []byte
}

// handed listens to documents that are handed over.
func (w *world) handed() func() (room string, s settled) {
	w.t.Helper()
	sub, err := w.Env.NATS.SubscribeSync("events.code.settled")
	if err == nil {
		err = w.Env.NATS.Flush()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return func() (string, settled) {
		w.t.Helper()
		return w.nextSettled(sub)
	}
}

func (w *world) nextSettled(sub *nats.Subscription) (string, settled) {
	w.t.Helper()
	msg, err := sub.NextMsgWithContext(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var e events.Event
	var s settled
	if err := json.Unmarshal(msg.Data, &e); err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(e.Data, &s); err != nil {
		w.t.Fatal(err)
	}
	return e.Entity, s
}

// A document is handed over when its last reader has gone, wherever the others
// were, and on a pause; once, though two processes look.
func TestHandOver(t *testing.T) {
	w := newWorld(t)
	here := w.code
	w.Process()
	there := w.Open(collaborationDomain)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	next := w.handed()
	first, second := w.follow(here, ada, room, nil), w.follow(there, grace, room, nil)
	one := w.writer(ada, room, 7)
	first.reads(0, "")
	second.reads(0, "")
	one.write(here, "one")
	first.reads(1, "one")
	first.Close()
	second.reads(1, "one")
	one.write(there, "two")
	second.reads(2, "two")
	second.Close()
	at, s := next()
	doc, err := yjs.Load(s.State)
	if err != nil || at != room || s.Number != 2 || s.Parts != 1 || *s.WrittenBy != ada.ID || doc.Text("main") != "two" {
		t.Errorf("when the last reader had gone, room %s handed over %+v (%v)", at, s, err)
	}
	one.write(here, "three")
	w.clock.Move(collaboration.Pause)
	if at, s := next(); at != room || s.Number != 3 {
		t.Errorf("after a pause, room %s handed over %+v", at, s)
	}
	one.write(here, "four")
	w.clock.Move(collaboration.Pause)
	if at, s := next(); at != room || s.Number != 4 {
		t.Errorf("after another pause, room %s handed over %+v", at, s)
	}
}

// A large document is handed over in parts, in order.
func TestHandOver_in_parts(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	next := w.handed()
	one := w.writer(ada, room, 7)
	large := make([]byte, collaboration.PartSize*5/4)
	for i := range large {
		large[i] = byte('a' + rand.IntN(26))
	}
	one.write(w.code, string(large))
	w.clock.Move(collaboration.Pause)
	var state []byte
	for part := range 2 {
		at, s := next()
		if at != room || s.Part != part || s.Parts != 2 || s.Number != 1 {
			t.Fatalf("part %d of room %s is %d of %d", part, at, s.Part, s.Parts)
		}
		state = append(state, s.State...)
	}
	doc, err := yjs.Load(state)
	if err != nil || doc.Text("main") != string(large) {
		t.Errorf("the parts read %d bytes, want %d (%v)", len(doc.Text("main")), len(large), err)
	}
}

// Of somebody whose account is gone no name is left, of a room that is gone
// nothing.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room, other := w.room(ada, grace), w.room(ada, grace)
	w.writer(grace, room, 7).write(w.code, "one")
	w.writer(grace, other, 7).write(w.code, "other")
	pool, err := w.Env.Postgres.Open(t.Context(), "code_talk_collaboration")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	mark := w.Statements.Mark()
	w.Publish("user.deleted", grace.ID)
	w.Publish("room.deleted", other)
	w.Statements.Await(mark, "UPDATE updates SET author_id", 1)
	w.Statements.Await(mark, "DELETE FROM updates", 1)
	w.Statements.Await(mark, "commit", 2)
	for _, table := range []string{"documents", "updates"} {
		if n := count(t, pool, `SELECT count(*) FROM `+table+` r WHERE strpos(r::text, $1) > 0`, grace.ID); n != 0 {
			t.Errorf("%s has %d rows with somebody who is gone", table, n)
		}
	}
	if n := count(t, pool, `SELECT count(*) FROM updates WHERE room_id = $1`, other); n != 0 {
		t.Errorf("%d updates of a room that is gone", n)
	}
	if got := w.read(w.code, ada, room); got.Text.Content != "one" {
		t.Errorf("the other room reads %q", got.Text.Content)
	}
	if n := count(t, pool, `SELECT count(*) FROM documents WHERE room_id = $1 AND closed AND length(state) = 2`, other); n != 1 {
		t.Errorf("the room that is gone is not closed")
	}
	r := w.follow(w.code, ada, room, nil)
	r.reads(1, "one")
}

func count(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
