package subscribe_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"heddle/internal/fault"
	"heddle/router/operation"
	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// feed is an operation whose events the test hands in.
type feed struct {
	key      subscribe.Key
	trigger  string
	rule     supergraph.Live
	events   chan string
	resolved int           // by the upstream alone
	opened   chan struct{} // closed when the upstream is there
	closed   chan struct{} // closed when the upstream has gone
	end      error         // what Source returns when events is closed
}

func newFeed(query string) *feed {
	return &feed{
		key:    sha256.Sum256([]byte(query)),
		events: make(chan string), opened: make(chan struct{}), closed: make(chan struct{}),
	}
}

func (f *feed) Key() subscribe.Key { return f.key }

func (f *feed) Trigger() string { return f.trigger }

func (f *feed) Shared() (subscribe.Key, bool) { return subscribe.Key{}, false }

func (f *feed) Rule() supergraph.Live { return f.rule }

func (f *feed) Source(ctx context.Context, _ subscribe.Place, opened func(), deliver func([]byte) error) error {
	close(f.opened)
	opened()
	defer close(f.closed)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event, more := <-f.events:
			if !more {
				return f.end
			}
			if event == "panic" {
				panic("secret")
			}
			if err := deliver([]byte(event)); err != nil {
				return err
			}
		}
	}
}

func (f *feed) Event(_ context.Context, event []byte) ([]byte, error) {
	f.resolved++
	if string(event) == "bad" {
		return nil, errors.New("secret")
	}
	return event, nil
}

// client reads one subscription.
type client struct {
	t      *testing.T
	wake   chan struct{}
	cursor string // of the last message
	*subscribe.Subscription
}

func join(t *testing.T, hub *subscribe.Hub, op subscribe.Operation) *client {
	t.Helper()
	return joinAs(t, hub, op, subscribe.Joining{})
}

func joinAs(t *testing.T, hub *subscribe.Hub, op subscribe.Operation, how subscribe.Joining) *client {
	t.Helper()
	c := &client{t: t, wake: make(chan struct{}, 1)}
	how.Wake = func() {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	c.Subscription = hub.Join(t.Context(), op, how)
	t.Cleanup(c.Leave)
	return c
}

// take waits for the next message.
func (c *client) take() subscribe.Message {
	for {
		if m, ok := c.Next(); ok {
			return m
		}
		<-c.wake
	}
}

func (c *client) expect(want ...subscribe.Message) {
	c.t.Helper()
	var got []subscribe.Message
	for range want {
		m := c.take()
		c.cursor, m.Cursor = m.Cursor, "" // has tests of its own
		got = append(got, m)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func next(body string) subscribe.Message {
	return subscribe.Message{Kind: subscribe.Next, Body: []byte(body)}
}

func failed(body string) subscribe.Message {
	return subscribe.Message{Kind: subscribe.Failed, Body: []byte(body)}
}

const internal = `[{"message":"Internal error.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]`

func TestHub_shares_one_upstream(t *testing.T) {
	t.Parallel()
	hub, f := subscribe.NewHub(subscribe.Options{}), newFeed("a")
	one, two := join(t, hub, f), join(t, hub, f) // a second Source would panic
	<-f.opened
	f.events <- "1"
	f.events <- "2"
	m := one.take()
	if other := two.take(); &m.Body[0] != &other.Body[0] {
		t.Error("the clients got different copies of the bytes")
	}
	one.expect(next("2"))
	two.expect(next("2"))
	if f.resolved != 2 || hub.Upstreams() != 1 {
		t.Errorf("2 events were resolved %d times by %d upstreams", f.resolved, hub.Upstreams())
	}
	one.Leave()
	one.Leave()
	f.events <- "3" // the other still hears
	two.expect(next("3"))
	two.Leave()
	<-f.closed
	if err := hub.Wait(t.Context()); err != nil || hub.Upstreams() != 0 {
		t.Errorf("%d upstreams are left, %v", hub.Upstreams(), err)
	}
	again := newFeed("a")
	three := join(t, hub, again) // opens anew
	<-again.opened
	again.events <- "4"
	three.expect(next("4"))
}

func TestHub_hands_on_the_end(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  error
		want subscribe.Message
	}{
		"complete": {nil, subscribe.Message{Kind: subscribe.Complete}},
		"failure":  {errors.New("secret"), failed(internal)},
		"code":     {fault.New(fault.Unavailable, "Gone."), failed(`[{"message":"Gone.","extensions":{"code":"UNAVAILABLE"}}]`)},
		"errors":   {operation.Fail(operation.BadUserInput, "No."), failed(`[{"message":"No.","extensions":{"code":"BAD_USER_INPUT"}}]`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub, f := subscribe.NewHub(subscribe.Options{}), newFeed("a")
			f.end = c.end
			one, two := join(t, hub, f), join(t, hub, f)
			f.events <- "1"
			close(f.events)
			for _, client := range []*client{one, two} {
				client.expect(next("1"), c.want)
				if m, ok := client.Next(); ok {
					t.Errorf("after the end came %v", m)
				}
			}
		})
	}
}

func TestHub_event_cannot_be_resolved(t *testing.T) {
	t.Parallel()
	hub, f := subscribe.NewHub(subscribe.Options{}), newFeed("a")
	one := join(t, hub, f)
	f.events <- "bad"
	f.events <- "1"
	one.expect(next(`{"errors":`+internal+`}`), next("1")) // the stream goes on
	f.events <- "panic"
	one.expect(failed(internal))
}

// A client that does not read gets what fitted, and is told why there is no
// more; the others get all of it.
func TestHub_queue_is_full(t *testing.T) {
	t.Parallel()
	hub, f := subscribe.NewHub(subscribe.Options{Queue: 2}), newFeed("a")
	slow, quick := join(t, hub, f), join(t, hub, f)
	for _, event := range []string{"1", "2", "3", "4"} {
		f.events <- event
		quick.expect(next(event))
	}
	slow.expect(next("1"), next("2"), failed(`[{"message":"This subscription was ended: its messages were not read as fast as they came. Subscribe again.","extensions":{"code":"RATE_LIMITED"}}]`))
	if m, ok := slow.Next(); ok {
		t.Errorf("after the end came %v", m)
	}
	quick.Leave()
	<-f.closed
}

// When the last client is too slow, the upstream is closed.
func TestHub_queue_of_the_last_is_full(t *testing.T) {
	t.Parallel()
	hub, f := subscribe.NewHub(subscribe.Options{Queue: 1}), newFeed("a")
	slow := join(t, hub, f)
	f.events <- "1"
	f.events <- "2"
	<-f.closed
	if err := hub.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := slow.take(); m.Kind != subscribe.Next {
		t.Errorf("got %v", m)
	}
	if m := slow.take(); m.Kind != subscribe.Failed {
		t.Errorf("got %v", m)
	}
}

func TestSubscription_queue_goes_round(t *testing.T) {
	t.Parallel()
	hub, f := subscribe.NewHub(subscribe.Options{Queue: 8}), newFeed("a")
	probe, c := join(t, hub, f), join(t, hub, f)
	sent, taken := 0, 0
	for step := range 100 { // never quite empty, never full
		for range 1 + step%4 {
			body := string(rune('a' + sent%26))
			f.events <- body
			probe.expect(next(body))
			sent++
		}
		for sent-taken > 2 {
			c.expect(next(string(rune('a' + taken%26))))
			taken++
		}
	}
}

// chatter is an operation that always has something to say.
type chatter struct{ open *atomic.Int32 }

func (chatter) Key() subscribe.Key { return subscribe.Key{} }

func (chatter) Trigger() string { return "" }

func (chatter) Shared() (subscribe.Key, bool) { return subscribe.Key{}, false }

func (chatter) Rule() supergraph.Live { return supergraph.Live{} }

func (c chatter) Source(ctx context.Context, _ subscribe.Place, _ func(), deliver func([]byte) error) error {
	c.open.Add(1)
	defer c.open.Add(-1)
	for ctx.Err() == nil {
		if err := deliver([]byte("word")); err != nil {
			return err
		}
		runtime.Gosched()
	}
	return ctx.Err()
}

func (chatter) Event(_ context.Context, event []byte) ([]byte, error) { return event, nil }

// Whenever a client joins, it hears something, also when the others just leave.
func TestHub_joining_and_leaving_at_once(t *testing.T) {
	t.Parallel()
	hub := subscribe.NewHub(subscribe.Options{Queue: 1 << 20})
	op := chatter{new(atomic.Int32)}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 200 {
				c := join(t, hub, op)
				if m := c.take(); m.Kind != subscribe.Next {
					t.Errorf("got %v", m)
				}
				c.Leave()
			}
		})
	}
	clients.Wait()
	if err := hub.Wait(t.Context()); err != nil || hub.Upstreams() != 0 || op.open.Load() != 0 {
		t.Errorf("%d upstreams are left, %v", hub.Upstreams(), err)
	}
}
