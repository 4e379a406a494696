package subscribe_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"heddle/internal/fault"
	"heddle/router/operation"
	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

// subgraph is an operation whose subgraph can be lost and found: each stream that
// is opened is handed to the test.
type subgraph struct {
	name, trigger string
	rule          supergraph.Live
	legs          chan leg
}

// leg is one opened stream.
type leg struct {
	after  subscribe.Place // where it was asked to begin
	events chan string
	end    chan error    // what the stream ends with
	closed chan struct{} // when nobody listens to it any more
}

func newSubgraph(rule supergraph.Live) *subgraph {
	return &subgraph{name: "s", rule: rule, legs: make(chan leg)}
}

func (s *subgraph) Key() (key subscribe.Key) { copy(key[:], s.name); return key }

func (s *subgraph) Trigger() string { return s.trigger }

func (s *subgraph) Shared() (subscribe.Key, bool) { return subscribe.Key{}, false }

func (s *subgraph) Rule() supergraph.Live { return s.rule }

func (s *subgraph) Source(ctx context.Context, after subscribe.Place, opened func(), deliver func([]byte) error) error {
	l := leg{after, make(chan string), make(chan error), make(chan struct{})}
	defer close(l.closed)
	select {
	case s.legs <- l:
	case <-ctx.Done():
		return ctx.Err()
	}
	first := true
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-l.end:
			return err
		case event := <-l.events:
			if first && event == "open" {
				opened()
			} else if err := deliver([]byte(event)); err != nil {
				return err
			}
			first = false
		}
	}
}

func (s *subgraph) Event(_ context.Context, event []byte) ([]byte, error) { return event, nil }

// say is an event that says n.
func say(n int) string { return fmt.Sprintf(`{"data":{"n":%d}}`, n) }

func said(n int) subscribe.Message { return next(say(n)) }

func gap(reason subscribe.Reason, missed int, m subscribe.Message) subscribe.Message {
	m.Gap = &subscribe.Gap{Reason: reason, Missed: missed}
	return m
}

var lost = &subscribe.Interruption{Err: errors.New("connection reset")}

func newHub(queue int) *subscribe.Hub {
	return subscribe.NewHub(subscribe.Options{Queue: queue, BackOff: time.Millisecond})
}

// A client whose connection was lost comes back and gets what it missed, once.
func TestHub_client_comes_back(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{})
	c := join(t, hub, op)
	l := <-op.legs
	for n := range 3 {
		l.events <- say(n)
	}
	c.expect(said(0), said(1))
	at := c.cursor
	c.Lose()
	l.events <- say(3)
	back := joinAs(t, hub, op, subscribe.Joining{After: at})
	l.events <- say(4)
	back.expect(said(2), said(3), said(4))
	same := joinAs(t, hub, op, subscribe.Joining{After: back.cursor})
	l.events <- say(5)
	same.expect(said(5))
	back.expect(said(5))
	back.Leave()
	same.Leave()
	<-l.closed
	if err := hub.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// One who comes back where nothing is known of the cursor is told so.
func TestHub_client_comes_back_too_late(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{})
	stranger := joinAs(t, hub, op, subscribe.Joining{After: "elsewhere.7"})
	l := <-op.legs
	informed := joinAs(t, hub, op, subscribe.Joining{After: "nonsense", Notices: true})
	informed.expect(gap(subscribe.Resumed, 0, next(`{"data":null}`)))
	for n := range 600 { // more than are kept
		l.events <- say(n)
		informed.expect(said(n))
		if n == 0 {
			stranger.expect(gap(subscribe.Resumed, 0, said(0)))
		} else {
			stranger.expect(said(n))
		}
	}
	late := joinAs(t, hub, op, subscribe.Joining{After: firstCursor(informed.cursor)})
	l.events <- say(600)
	late.expect(gap(subscribe.Resumed, 0, said(600)))
}

func firstCursor(cursor string) string { return cursor[:len(cursor)-len("go")] + "1" } // 600 is "go" to base 36

// When nobody comes back, or the hub is closed, the upstream is.
func TestHub_nobody_comes_back(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts  subscribe.Options
		leave func(*subscribe.Hub, *client)
	}{
		"left":           {subscribe.Options{}, func(_ *subscribe.Hub, c *client) { c.Leave() }},
		"no window":      {subscribe.Options{Resume: -1}, func(_ *subscribe.Hub, c *client) { c.Lose() }},
		"window is over": {subscribe.Options{Resume: time.Millisecond}, func(_ *subscribe.Hub, c *client) { c.Lose() }},
		"closed":         {subscribe.Options{}, func(hub *subscribe.Hub, c *client) { c.Lose(); hub.Close() }},
		"closed before":  {subscribe.Options{}, func(hub *subscribe.Hub, c *client) { hub.Close(); c.Lose() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub, op := subscribe.NewHub(c.opts), newSubgraph(supergraph.Live{})
			client := join(t, hub, op)
			l := <-op.legs
			c.leave(hub, client)
			<-l.closed
			if err := hub.Wait(t.Context()); err != nil || hub.Upstreams() != 0 {
				t.Errorf("%d upstreams are left, %v", hub.Upstreams(), err)
			}
		})
	}
}

// A subgraph that is lost is asked again; the clients stay and are told of the
// gap: at once if they wish, or else with what comes next.
func TestHub_subgraph_is_lost(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{})
	plain, informed := join(t, hub, op), joinAs(t, hub, op, subscribe.Joining{Notices: true})
	l := <-op.legs
	l.events <- "open"
	l.events <- say(1)
	l.end <- lost
	for range 3 { // it is not back at once
		l = <-op.legs
		l.end <- lost
	}
	l = <-op.legs // nor when it is there but its store is not
	l.events <- "open"
	l.tell(`{"data":null,"errors":[{"message":"Later.","extensions":{"code":"UNAVAILABLE"}}]}`)
	l = <-op.legs
	l.events <- "open"
	away := gap(subscribe.Upstream, 0, next(`{"data":null}`))
	informed.expect(said(1), away, away)
	before := informed.cursor
	l.events <- say(2)
	l.events <- say(3)
	plain.expect(said(1), gap(subscribe.Upstream, 0, said(2)), said(3))
	informed.expect(said(2), said(3))
	back := joinAs(t, hub, op, subscribe.Joining{After: before}) // who was told is not told again
	back.expect(said(2), said(3))
	l.end <- nil
	for _, c := range []*client{plain, informed, back} {
		c.expect(subscribe.Message{Kind: subscribe.Complete})
	}
}

// A gap before the end is told before the end.
func TestHub_subgraph_is_lost_and_completes(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{})
	c := join(t, hub, op)
	l := <-op.legs
	l.events <- "open"
	l.end <- lost
	l = <-op.legs
	l.events <- "open"
	l.end <- nil
	c.expect(gap(subscribe.Upstream, 0, next(`{"data":null}`)), subscribe.Message{Kind: subscribe.Complete})
}

// A subgraph that was never reached, or that says no, is not asked again.
func TestHub_subgraph_refuses(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{})
	c := join(t, hub, op)
	(<-op.legs).end <- lost
	c.expect(failed(internal))
	c = join(t, hub, op)
	l := <-op.legs
	l.events <- "open"
	l.end <- lost
	(<-op.legs).end <- fault.New(fault.Forbidden, "No.")
	c.expect(failed(`[{"message":"No.","extensions":{"code":"FORBIDDEN"}}]`))
}

// What happens to a client that does not read is for its field to say.
func TestHub_rules_of_a_full_queue(t *testing.T) {
	t.Parallel()
	about := func(id string, n int) string { return fmt.Sprintf(`{"data":{"f":{"by":{"id":%q},"n":%d}}}`, id, n) }
	events := []string{about("a", 1), about("b", 2), about("a", 3), about("c", 4), about("a", 5)}
	for name, c := range map[string]struct {
		rule supergraph.Live
		want []subscribe.Message
	}{
		"oldest": {supergraph.Live{Full: supergraph.DropOldest},
			[]subscribe.Message{gap(subscribe.Slow, 2, next(events[2])), next(events[3]), next(events[4])}},
		"latest": {supergraph.Live{Full: supergraph.Latest, By: "by.id"},
			[]subscribe.Message{gap(subscribe.Slow, 2, next(events[1])), next(events[3]), next(events[4])}},
		"latest of nothing": {supergraph.Live{Full: supergraph.Latest, By: "by.nothing"},
			[]subscribe.Message{gap(subscribe.Slow, 2, next(events[2])), next(events[3]), next(events[4])}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub, op := newHub(3), newSubgraph(c.rule)
			slow, quick := join(t, hub, op), join(t, hub, op)
			l := <-op.legs
			for _, event := range events {
				l.events <- event
				quick.expect(next(event))
			}
			slow.expect(c.want...)
			l.events <- about("d", 6)
			slow.expect(next(about("d", 6))) // and no gap any more
		})
	}
	t.Run("latest keeps others", func(t *testing.T) {
		t.Parallel()
		hub, op := newHub(3), newSubgraph(supergraph.Live{Full: supergraph.Latest, By: "by.id"})
		slow, quick := join(t, hub, op), join(t, hub, op)
		l := <-op.legs
		for n := range 100 {
			for _, id := range []string{"a", "b", "c"} {
				l.events <- about(id, n)
				quick.expect(next(about(id, n)))
			}
		}
		slow.expect(gap(subscribe.Slow, 297, next(about("a", 99))), next(about("b", 99)), next(about("c", 99)))
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		hub := subscribe.NewHub(subscribe.Options{QueueBytes: 3 * len(say(1))})
		op := newSubgraph(supergraph.Live{Full: supergraph.DropOldest})
		slow, quick := join(t, hub, op), join(t, hub, op)
		l := <-op.legs
		for n := range 9 {
			l.events <- say(n)
			quick.expect(said(n))
		}
		slow.expect(gap(subscribe.Slow, 6, said(6)), said(7), said(8))
	})
}

// A stream that begins with the state is not joined by somebody who has not seen
// its beginning.
func TestHub_state_first(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{State: true})
	one := join(t, hub, op)
	first := <-op.legs
	first.events <- "state 1"
	first.events <- "change"
	two := join(t, hub, op)
	second := <-op.legs
	second.events <- "state 2"
	one.expect(next("state 1"), next("change"))
	two.expect(next("state 2"))
}

// regraphed is the operation as another graph has it.
func (s *subgraph) regraphed(trigger string) *subgraph {
	again := *s
	again.trigger = trigger
	return &again
}

// A change of the graph goes unnoticed where the subgraph is asked the same; else
// it is asked anew and a gap is told; what the graph has no more ends.
func TestHub_Regraph(t *testing.T) {
	t.Parallel()
	hub, op := newHub(0), newSubgraph(supergraph.Live{})
	c := join(t, hub, op)
	l := <-op.legs
	l.events <- "open"
	to := func(trigger string, err error) {
		hub.Regraph(func(context.Context, subscribe.Operation) (subscribe.Operation, error) {
			return op.regraphed(trigger), err
		})
	}
	to("", nil)
	l.events <- say(1)
	c.expect(said(1))
	to("another", nil)
	<-l.closed
	l = <-op.legs
	l.events <- "open"
	l.events <- say(2)
	c.expect(gap(subscribe.Regraph, 0, said(2)))
	l.end <- lost
	to("while it is lost", nil)
	l = <-op.legs
	l.events <- say(3)
	if m := c.take(); m.Gap == nil || string(m.Body) != say(3) {
		t.Errorf("got %v", m)
	}
	to("", operation.Fail(operation.ValidationFailed, "There is no n."))
	<-l.closed
	c.expect(failed(`[{"message":"The graph has changed, and this subscription is not part of it any more.","extensions":{"code":"GRAPH_CHANGED"}},{"message":"There is no n.","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]`))
	if err := hub.Wait(t.Context()); err != nil || hub.Upstreams() != 0 {
		t.Errorf("%d upstreams are left, %v", hub.Upstreams(), err)
	}
}

func TestMessage_Append(t *testing.T) {
	t.Parallel()
	body := []byte(`{"data":{"a":1}}`)
	for _, c := range []struct {
		m        subscribe.Message
		informed bool
		want     string
	}{
		{subscribe.Message{Body: body, Cursor: "x.1"}, false, `{"data":{"a":1}}`},
		{subscribe.Message{Body: body, Cursor: "x.1"}, true, `{"data":{"a":1},"extensions":{"live":{"cursor":"x.1"}}}`},
		{subscribe.Message{Body: body, Cursor: "x.1", Gap: &subscribe.Gap{Reason: subscribe.Slow, Missed: 2}}, true, `{"data":{"a":1},"extensions":{"live":{"cursor":"x.1","gap":{"reason":"SLOW","missed":2}}}}`},
		{subscribe.Message{Body: body, Gap: &subscribe.Gap{Reason: subscribe.Upstream}}, false, `{"data":{"a":1},"extensions":{"live":{"gap":{"reason":"UPSTREAM"}}}}`},
	} {
		if got := string(c.m.Append(nil, c.informed)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
