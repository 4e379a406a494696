package subgraphs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"heddle/internal/subgraph/subgraphtest"
	"heddle/router/fetch"
)

// streams counts what the router has open at the domains.
type streams struct {
	mu    sync.Mutex
	open  map[string]int // by subscription field
	begun map[string]int // ever
	news  chan struct{}  // something has changed; made by who waits
}

func (s *streams) add(field string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open, s.begun = map[string]int{}, map[string]int{}
	}
	s.open[field] += n
	s.begun[field] += max(n, 0)
	if s.news != nil {
		close(s.news)
		s.news = nil
	}
}

// await returns once the router has opened that many streams of the field, and
// has that many open.
func (s *streams) await(field string, begun, open int) {
	for {
		s.mu.Lock()
		if s.begun[field] == begun && s.open[field] == open {
			s.mu.Unlock()
			return
		}
		if s.news == nil {
			s.news = make(chan struct{})
		}
		news := s.news
		s.mu.Unlock()
		<-news
	}
}

// counted is a domain whose streams are counted.
type counted struct {
	*fetch.Remote
	streams *streams
}

func (c *counted) Subscribe(ctx context.Context, r fetch.Request, deliver func([]byte) error) error {
	var asked struct{ Query string }
	if err := json.Unmarshal(r.Body, &asked); err != nil {
		return err
	}
	_, field, _ := strings.Cut(asked.Query, "{")
	field = strings.TrimSpace(field)
	field = field[:strings.IndexAny(field, "( {")]
	c.streams.add(field, 1)
	defer c.streams.add(field, -1)
	return c.Remote.Subscribe(ctx, r, deliver)
}

// What Code Talk tells of a room is the same for everybody in it, so that they
// share one stream of the domain. Who is not in the room hears nothing of it, and
// who has left hears nothing more; the others hear on.
func TestAll_share_streams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		rename = `updateRoom(input: {roomId: $room, title: $text}) { room { id } }`
		say    = `createMessage(input: {roomId: $room, text: $text}) { message { id } }`
		move   = `moveCursor(input: {roomId: $room, clientId: $text, state: {}}) { room { id } }`
		come   = `goOnline(input: {roomId: $room, deviceId: $text}) { presence { status } }`
	)
	for _, c := range []struct{ field, subscription, mutation string }{
		{"roomUpdated", `roomUpdated(roomId: $room) { title owner { username } }`, rename},
		{"messageCreated", `messageCreated(roomId: $room) { text author { username } }`, say},
		{"cursorMoved", `cursorMoved(roomId: $room) { clientId user { username } }`, move},
		{"presenceChanged", `presenceChanged(roomId: $room) { status user { username } }`, come},
	} {
		t.Run(c.field, func(t *testing.T) {
			ada, grace, alan, mallory := w.person("ada-"+c.field), w.person("grace-"+c.field), w.person("alan-"+c.field), w.person("mallory-"+c.field)
			created := w.must(ada, `mutation { createRoom(input: {title: "Loom"}) { room { id } } }`, nil)
			room := created["createRoom"].(map[string]any)["room"].(map[string]any)["id"].(string)
			in := subgraphtest.Variables{"room": room}
			enter := func(p subgraphtest.Person) {
				w.must(p, `mutation($room: ID!) { joinRoom(input: {roomId: $room}) { room { id } } }`, in)
			}
			enter(grace)
			enter(alan)
			listen := func(p subgraphtest.Person) *subgraphtest.Stream {
				return w.router.Subscribe(p, `subscription($room: ID!) { `+c.subscription+` }`, in)
			}
			// act lets something happen and gives what an event of it contains.
			act := func(text string) string {
				actor := ada
				if c.mutation == come { // somebody who was not there yet
					actor = w.person(text + "-" + c.field)
					enter(actor)
				}
				w.must(actor, `mutation($room: ID!, $text: String!) { `+c.mutation+` }`, subgraphtest.Variables{"room": room, "text": text})
				return `"` + text
			}
			hers := listen(ada)
			begun := make(chan string)
			go func() { begun <- until(t, hers, `"try`) }()
			for n, waits := 0, true; waits; n++ { // until she is heard to listen
				act(fmt.Sprint("try", n))
				select {
				case <-begun:
					waits = false
				default:
				}
			}
			w.streams.await(c.field, 1, 1)
			others := map[string]*subgraphtest.Stream{"grace": listen(grace), "alan": listen(alan)}
			outside := listen(mallory)
			if a, ok := outside.Next(); !ok || len(a.Errors) != 1 || a.Errors[0].Code != "FORBIDDEN" {
				t.Errorf("somebody outside is told %s %+v", a.Data, a.Errors)
			}
			outside.Ended()
			w.streams.await(c.field, 4, 1) // all who may have come to hers
			first := act("first")
			until(t, hers, first)
			until(t, others["alan"], first)
			until(t, others["grace"], first)

			w.must(grace, `mutation($room: ID!) { leaveRoom(input: {roomId: $room}) { room { id } } }`, in)
			for more := true; more; { // what was before she left, and the end
				_, more = others["grace"].Next()
			}
			second := act("second")
			if here, there := until(t, hers, second), until(t, others["alan"], second); here != there {
				t.Errorf("ada heard %s, alan %s", here, there)
			}
			if a, ok := listen(grace).Next(); !ok || len(a.Errors) != 1 || a.Errors[0].Code != "FORBIDDEN" {
				t.Errorf("who has left is told %s %+v", a.Data, a.Errors)
			}
			hers.Close()
			others["alan"].Close()
			w.streams.await(c.field, 5, 0)
		})
	}
}

// until gives all that a stream tells up to an event with the word.
func until(t *testing.T, s *subgraphtest.Stream, word string) string {
	var all strings.Builder
	for {
		a, ok := s.Next()
		if !ok || len(a.Errors) > 0 {
			t.Errorf("heard %s %+v and no %s", a.Data, a.Errors, word)
			return all.String()
		}
		all.Write(a.Data)
		if strings.Contains(string(a.Data), word) {
			return all.String()
		}
	}
}
