package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"heddle/internal/drive"
)

// TestCrash_one_process kills the process while people talk, several times over
// the same data. Every message that was acknowledged is there afterwards, once.
func TestCrash_one_process(t *testing.T) {
	t.Parallel()
	w := private(t, nil)
	survives(t, w, w.Part("dev"), 3)
}

// survives lets people talk, kills the victim in the midst of it, starts it
// again, and compares what is there with what was acknowledged.
func survives(t *testing.T, w *drive.World, victim *drive.Part, rounds int) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	owner := signedIn(w.Origin())
	room := owner.makeRoom(t, "Survivors")
	c := &crowd{room: room, said: map[string]string{}}
	for round := range rounds {
		ended := c.talk(owner, round, 20+random.IntN(100))
		<-c.enough
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ended
		ctx, cancel := context.WithTimeout(t.Context(), startTime)
		err := victim.Start(ctx)
		cancel()
		if err != nil {
			t.Fatalf("start again after kill -9: %v", err)
		}
		c.mend(t, owner)
		c.compare(t, owner)
	}
}

// crowd is several people who talk at once and note what was acknowledged.
type crowd struct {
	room   string
	enough chan struct{} // closed when as many messages as wanted were acknowledged

	mu      sync.Mutex
	said    map[string]string // message id by text, of those that were acknowledged
	unsure  []string          // texts whose reply was lost
	wanted  int
	current int
}

// talk begins to talk, and goes on until the endpoint breaks. The channel is
// closed when everybody is silent.
func (c *crowd) talk(as *person, round, wanted int) (ended chan struct{}) {
	c.enough, c.wanted, c.current = make(chan struct{}), wanted, 0
	ended = make(chan struct{})
	var talkers sync.WaitGroup
	for talker := range 4 {
		talkers.Go(func() {
			for i := 0; ; i++ {
				if !c.utter(as, fmt.Sprintf("round %d talker %d message %d", round, talker, i)) {
					return
				}
			}
		})
	}
	go func() {
		talkers.Wait()
		close(ended)
	}()
	return ended
}

// utter says one thing and tells whether it was acknowledged.
func (c *crowd) utter(as *person, text string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a, err := as.Ask(ctx, createMessage, vars{"input": input{"roomId": c.room, "text": text, "idempotencyKey": text}})
	id := a.Text("createMessage", "message", "id")
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || id == "" {
		c.unsure = append(c.unsure, text)
		return false
	}
	c.said[text] = id
	if c.current++; c.current == c.wanted {
		close(c.enough)
	}
	return true
}

// mend repeats what got no reply, with the same key.
func (c *crowd) mend(t *testing.T, as *person) {
	t.Helper()
	if len(c.unsure) == 0 {
		t.Fatal("nobody was interrupted")
	}
	for _, text := range c.unsure {
		a := as.must(t, createMessage, input{"roomId": c.room, "text": text, "idempotencyKey": text})
		c.said[text] = a.Text("createMessage", "message", "id")
	}
	c.unsure = nil
}

// compare reads the whole room and holds it against what was acknowledged.
func (c *crowd) compare(t *testing.T, as *person) {
	t.Helper()
	var there []string
	for _, m := range readAll(t, as, c.room) {
		there = append(there, m.text)
		if c.said[m.text] != m.id {
			t.Errorf("message %q has id %s, but %q was acknowledged", m.text, m.id, c.said[m.text])
		}
	}
	slices.Sort(there)
	if once := slices.Compact(slices.Clone(there)); len(once) != len(there) {
		t.Errorf("%d messages are there more than once", len(there)-len(once))
	}
	for text := range c.said {
		if _, found := slices.BinarySearch(there, text); !found {
			t.Errorf("message %q was acknowledged and is not there", text)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d acknowledged messages are there, once", len(there))
}

type message struct{ id, text string }

// readAll reads every message of a room, page by page.
func readAll(t testing.TB, as *person, room string) []message {
	t.Helper()
	var all []message
	for after := any(nil); ; {
		var page struct {
			Room struct {
				Messages struct {
					Edges    []struct{ Node struct{ ID, Text string } }
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		err := as.must(t, `query($room: ID!, $after: String) { room(id: $room) { messages(first: 100, after: $after) {
			edges { node { id text } } pageInfo { hasNextPage endCursor }
		} } }`, vars{"room": room, "after": after}).Into(&page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Room.Messages.Edges {
			all = append(all, message{e.Node.ID, e.Node.Text})
		}
		if !page.Room.Messages.PageInfo.HasNextPage {
			return all
		}
		after = page.Room.Messages.PageInfo.EndCursor
	}
}
