package subscribe_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"heddle/internal/caller"
	"heddle/router/operation"
	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

// person is a subgraph as one person's token reaches it: others may share what it
// gives, if the subgraph says so.
type person struct {
	*subgraph
	token string
	wide  string
}

func (p person) Key() (key subscribe.Key) { copy(key[:], p.token); return key }

func (p person) Shared() (key subscribe.Key, ok bool) { copy(key[:], p.wide); return key, p.wide != "" }

// newPerson is somebody with a subgraph of their own: no other asks it.
func newPerson(token string, rule supergraph.Live) person {
	return person{newSubgraph(rule), token, "wide"}
}

// joins subscribes as the person.
func (p person) joins(t *testing.T, hub *subscribe.Hub, how subscribe.Joining) *client {
	t.Helper()
	c := &client{t: t, wake: make(chan struct{}, 1)}
	how.Wake = func() {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	c.Subscription = hub.Join(caller.With(t.Context(), caller.Caller{ID: p.token}), p, how)
	t.Cleanup(c.Leave)
	return c
}

func scope(name string) string {
	return fmt.Sprintf(`{"data":null,"extensions":{"live":{"scope":%q}}}`, name)
}

func losing(name string) string {
	return fmt.Sprintf(`{"data":null,"extensions":{"live":{"lost":[%q]}}}`, name)
}

// together lets ada and grace share a stream, and gives ada's, which is the one.
func together(t *testing.T, hub *subscribe.Hub, ada, grace person) (a, g *client, shared leg) {
	t.Helper()
	a = ada.joins(t, hub, subscribe.Joining{})
	shared = <-ada.legs
	shared.events <- scope("room")
	shared.events <- say(0) // so that the word was heard
	a.expect(said(0))
	g = grace.joins(t, hub, subscribe.Joining{})
	own := <-grace.legs
	own.events <- scope("room")
	<-own.closed
	shared.events <- say(1)
	a.expect(said(1))
	g.expect(said(1))
	return a, g, shared
}

// Two whom the subgraph lets into the same scope share one stream; one whom it
// lets into another does not, nor does one of whom it says nothing.
func TestHub_scopes(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	alan, edsger := newPerson("alan", supergraph.Live{}), newPerson("edsger", supergraph.Live{})
	other := alan.joins(t, hub, subscribe.Joining{})
	others := <-alan.legs
	others.events <- scope("another room")
	silent := edsger.joins(t, hub, subscribe.Joining{})
	silents := <-edsger.legs

	shared.events <- say(2)
	others.events <- say(3)
	silents.events <- say(4)
	for _, c := range []*client{a, g} {
		c.expect(said(2))
	}
	other.expect(said(3))
	silent.expect(said(4))
	if hub.Upstreams() != 3 {
		t.Errorf("there are %d upstreams, want 3", hub.Upstreams())
	}
	private := newPerson("barbara", supergraph.Live{})
	private.wide = "" // the operation has a field that is not common
	p := private.joins(t, hub, subscribe.Joining{})
	privates := <-private.legs
	privates.events <- scope("room")
	privates.events <- say(5)
	p.expect(next(scope("room")), said(5)) // which nobody asked for, and nobody heeds
}

// One of two who loses access hears nothing from then on; the other goes on.
func TestHub_one_of_two_loses_access(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	shared.events <- losing("grace")
	shared.events <- say(2)
	g.expect(subscribe.Message{Kind: subscribe.Complete})
	a.expect(said(2))
	if m, more := g.Next(); more {
		t.Errorf("after losing access came %v", m)
	}
}

// When the one loses access for whom the stream was opened, the other asks with a
// token of their own, and is told of the gap.
func TestHub_the_opener_loses_access(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	shared.events <- losing("ada")
	<-shared.closed
	a.expect(subscribe.Message{Kind: subscribe.Complete})
	own := <-grace.legs
	own.events <- scope("room")
	own.events <- say(2)
	g.expect(gap(subscribe.Upstream, 0, said(2)))
	if hub.Upstreams() != 1 {
		t.Errorf("there are %d upstreams, want 1", hub.Upstreams())
	}
}

// When a shared stream is lost, everybody's access is looked at again: who has
// none is not let back in.
func TestHub_shared_stream_is_lost(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	shared.end <- lost
	one, two := <-ada.legs, <-grace.legs
	two.events <- refused
	two.end <- nil
	one.events <- scope("room")
	one.events <- say(2)
	a.expect(gap(subscribe.Upstream, 0, said(2)))
	g.expect(gap(subscribe.Upstream, 0, next(refused)), subscribe.Message{Kind: subscribe.Complete})
}

const refused = `{"data":null,"errors":[{"message":"No."}]}`

// When the subgraph wants it, the access of all others is looked at again while
// the stream goes on; who has access has missed nothing.
func TestHub_access_is_looked_at_anew(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	alan := newPerson("alan", supergraph.Live{})
	l := alan.joins(t, hub, subscribe.Joining{})
	own := <-alan.legs
	own.events <- scope("room")
	<-own.closed
	shared.events <- `{"data":null,"extensions":{"live":{"anew":true}}}`
	shared.events <- say(2)
	a.expect(said(2))
	own = <-grace.legs
	own.events <- scope("room")
	<-own.closed
	own = <-alan.legs
	own.events <- refused
	own.end <- nil
	shared.events <- say(3)
	a.expect(said(3))
	g.expect(said(2), said(3))
	l.expect(gap(subscribe.Resumed, 0, next(refused)), subscribe.Message{Kind: subscribe.Complete})
}

// Who leaves of their own accord takes nothing away: events are resolved with the
// token of somebody who is there.
func TestHub_the_opener_leaves(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	a.Leave()
	shared.events <- say(2)
	g.expect(said(2))
	g.Leave()
	<-shared.closed
	if err := hub.Wait(t.Context()); err != nil || hub.Upstreams() != 0 {
		t.Errorf("%d upstreams are left, %v", hub.Upstreams(), err)
	}
}

// A cursor is good for everybody who shares the stream, also with another token.
func TestHub_scope_and_cursor(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	at := g.cursor
	g.Lose()
	shared.events <- say(2)
	a.expect(said(2))
	again := newPerson("grace's next token", supergraph.Live{})
	back := again.joins(t, hub, subscribe.Joining{After: at})
	own := <-again.legs
	own.events <- scope("room")
	shared.events <- say(3)
	back.expect(said(2), said(3))
	late := newPerson("alan", supergraph.Live{})
	l := late.joins(t, hub, subscribe.Joining{After: "elsewhere.1"})
	own = <-late.legs
	own.events <- scope("room")
	<-own.closed
	shared.events <- say(4)
	l.expect(gap(subscribe.Resumed, 0, said(4)))
}

// A joiner of a stream that begins with the state gets a beginning of its own, and
// then what everybody gets, nothing between left out.
func TestHub_scope_and_state(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	state := func(n int) string {
		return fmt.Sprintf(`{"data":{"state":%d},"extensions":{"live":{"scope":"room"}}}`, n)
	}
	rule := supergraph.Live{State: true}
	ada, grace := newPerson("ada", rule), newPerson("grace", rule)
	a := ada.joins(t, hub, subscribe.Joining{})
	shared := <-ada.legs
	shared.events <- state(0)
	shared.events <- say(1)
	a.expect(next(state(0)), said(1))
	g := grace.joins(t, hub, subscribe.Joining{})
	own := <-grace.legs
	shared.events <- say(2) // while grace's beginning is on its way
	a.expect(said(2))
	own.events <- state(2)
	<-own.closed
	shared.events <- say(3)
	a.expect(said(3))
	g.expect(next(state(2)), said(2), said(3))
}

// A new graph that does not let them share sends everybody to a stream of their
// own; one in which nothing changes for them does not.
func TestHub_scope_and_Regraph(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	ada, grace := newPerson("ada", supergraph.Live{}), newPerson("grace", supergraph.Live{})
	a, g, shared := together(t, hub, ada, grace)
	to := func(wide string) {
		hub.Regraph(func(_ context.Context, op subscribe.Operation) (subscribe.Operation, error) {
			p := op.(person)
			p.wide = wide
			return p, nil
		})
	}
	to("wide")
	shared.events <- say(2)
	a.expect(said(2))
	g.expect(said(2))
	to("")
	<-shared.closed
	one, two := <-ada.legs, <-grace.legs
	one.events <- say(3)
	two.events <- say(4)
	a.expect(gap(subscribe.Regraph, 0, said(3)))
	g.expect(gap(subscribe.Regraph, 0, said(4)))
	hub.Regraph(func(ctx context.Context, op subscribe.Operation) (subscribe.Operation, error) {
		if caller.ID(ctx) == "grace" {
			return op, operation.Fail(operation.ValidationFailed, "No.")
		}
		return op, nil
	})
	one.events <- say(5)
	a.expect(said(5))
	if m := g.take(); m.Kind != subscribe.Failed {
		t.Errorf("got %v", m)
	}
}

// People come and go, share and stop sharing; everybody who is there hears all
// that is said while they are.
func TestHub_scope_coming_and_going(t *testing.T) {
	t.Parallel()
	hub := newHub(1 << 16)
	stop := make(chan struct{})
	running := make(chan struct{})
	people := make([]person, 6)
	for i := range people {
		people[i] = newPerson(fmt.Sprint("person ", i), supergraph.Live{})
		p := people[i]
		go func() {
			defer func() { running <- struct{}{} }()
			for {
				select {
				case <-stop:
					return
				case l := <-p.legs:
					go func() {
						l.tell(scope("room"))
						for n := 0; l.tell(say(n)); n++ {
							runtime.Gosched()
						}
					}()
				}
			}
		}()
	}
	done := make(chan struct{})
	for _, p := range people {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 100 {
				c := p.joins(t, hub, subscribe.Joining{})
				for range 3 {
					if m := c.take(); m.Kind != subscribe.Next {
						t.Errorf("got %v", m)
					}
				}
				c.Leave()
			}
		}()
	}
	for range people {
		<-done
	}
	if err := hub.Wait(t.Context()); err != nil || hub.Upstreams() != 0 {
		t.Errorf("%d upstreams are left, %v", hub.Upstreams(), err)
	}
	close(stop)
	for range people {
		<-running
	}
}

// tell is false when nobody listens any more.
func (l leg) tell(event string) bool {
	select {
	case l.events <- event:
		return true
	case <-l.closed:
		return false
	}
}
