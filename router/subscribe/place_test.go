package subscribe_test

import (
	"fmt"
	"testing"

	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

// counted is an event after which its stream stands at the number.
func counted(n int) string {
	return fmt.Sprintf(`{"data":{"n":%d},"extensions":{"live":{"at":%d}}}`, n, n)
}

func scopeAt(name string, n int) string {
	return fmt.Sprintf(`{"data":null,"extensions":{"live":{"scope":%q,"at":%d}}}`, name, n)
}

// from is the subgraph's word that nothing is missing since.
func from(n int) string { return fmt.Sprintf(`{"data":null,"extensions":{"live":{"from":%d}}}`, n) }

// at is a place as a subgraph counts.
func at(n uint64) subscribe.Place { return subscribe.At(&n) }

// elsewhere lets somebody hear events up to a number at another router, and gives
// the cursor that they have then.
func elsewhere(t *testing.T, token string, last int) string {
	t.Helper()
	hub, p := newHub(0), newPerson(token, supergraph.Live{})
	c := p.joins(t, hub, subscribe.Joining{})
	l := <-p.legs
	if l.after != 0 {
		t.Errorf("the first stream was asked to begin after %d", l.after)
	}
	l.events <- scopeAt("room", last-1)
	l.events <- counted(last)
	c.expect(next(counted(last)))
	return c.cursor
}

// leads lets grace hear a room at the hub, in which the others join her.
func leads(t *testing.T, hub *subscribe.Hub, stands int) (grace person, g *client, shared leg) {
	t.Helper()
	grace = newPerson("grace", supergraph.Live{})
	g = grace.joins(t, hub, subscribe.Joining{Notices: true})
	shared = <-grace.legs
	shared.events <- scopeAt("room", stands-1)
	shared.events <- counted(stands)
	g.expect(next(counted(stands)))
	return grace, g, shared
}

// Who comes from another router goes on where they were: the subgraph gives what
// they missed, if anything, and the stream that they then share with others
// gives nothing again and leaves nothing out.
func TestHub_client_comes_from_another_router(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		stands int // where the shared stream stands
		missed []int
	}{
		{"missed nothing", 6, nil},
		{"missed some", 8, []int{7, 8}},
		{"the shared stream lags", 7, []int{7, 8}},
		{"the shared stream is further", 10, []int{7, 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cursor := elsewhere(t, "ada", 6)
			hub := newHub(0)
			_, g, shared := leads(t, hub, 6)
			for n := 7; n <= c.stands; n++ {
				shared.events <- counted(n)
				g.expect(next(counted(n)))
			}
			ada := newPerson("ada", supergraph.Live{})
			a := ada.joins(t, hub, subscribe.Joining{After: cursor, Notices: true})
			own := <-ada.legs
			if own.after != at(6) {
				t.Errorf("the stream was asked to begin after %d, want %d", own.after, at(6))
			}
			own.events <- from(6)
			reached := 6
			for _, n := range c.missed {
				own.events <- counted(n)
				reached = n
			}
			own.events <- scopeAt("room", reached)
			<-own.closed
			for n := c.stands + 1; n <= 11; n++ {
				shared.events <- counted(n)
			}
			for n := 7; n <= 11; n++ {
				a.expect(next(counted(n)))
			}
			if hub.Upstreams() != 1 {
				t.Errorf("there are %d upstreams, want 1", hub.Upstreams())
			}
		})
	}
}

// Where the subgraph does not say that it can begin there, a gap is told.
func TestHub_subgraph_does_not_know_what_was_missed(t *testing.T) {
	t.Parallel()
	cursor := elsewhere(t, "ada", 6)
	hub, ada := newHub(0), newPerson("ada", supergraph.Live{})
	a := ada.joins(t, hub, subscribe.Joining{After: cursor, Notices: true})
	own := <-ada.legs
	own.events <- scopeAt("room", 900)
	own.events <- counted(901)
	a.expect(gap(subscribe.Resumed, 0, next(`{"data":null}`)), next(counted(901)))
}

// A cursor of another stream says nothing of this one.
func TestHub_cursor_of_another_stream(t *testing.T) {
	t.Parallel()
	cursor := elsewhere(t, "ada", 6)
	hub, ada := newHub(0), newPerson("ada", supergraph.Live{})
	ada.wide = "another room"
	a := ada.joins(t, hub, subscribe.Joining{After: cursor, Notices: true})
	own := <-ada.legs
	if own.after != 0 {
		t.Errorf("the stream was asked to begin after %d", own.after)
	}
	own.events <- scopeAt("another", 6)
	own.events <- counted(7)
	a.expect(gap(subscribe.Resumed, 0, next(`{"data":null}`)), next(counted(7)))
}

// Several with one token come from elsewhere, from different places: those for
// whom the stream of the first begins too late have one of their own, and all
// share in the end.
func TestHub_clients_of_one_person_come_from_another_router(t *testing.T) {
	t.Parallel()
	late, early := elsewhere(t, "ada", 8), elsewhere(t, "ada", 6)
	hub, ada := newHub(0), newPerson("ada", supergraph.Live{})
	first := ada.joins(t, hub, subscribe.Joining{After: late, Notices: true})
	shared := <-ada.legs
	second := ada.joins(t, hub, subscribe.Joining{After: early, Notices: true})
	shared.events <- from(8)
	own := <-ada.legs
	if own.after != at(6) {
		t.Errorf("the second stream was asked to begin after %d, want %d", own.after, at(6))
	}
	shared.events <- scopeAt("room", 8)
	shared.events <- from(8) // so that the word was heard
	own.events <- from(6)
	own.events <- counted(7)
	own.events <- counted(8)
	own.events <- scopeAt("room", 8)
	<-own.closed
	third := ada.joins(t, hub, subscribe.Joining{After: early, Notices: true}) // too late for what is kept
	again := <-ada.legs
	shared.events <- counted(9)
	again.events <- from(6)
	for n := 7; n <= 9; n++ {
		again.events <- counted(n)
	}
	again.events <- scopeAt("room", 9)
	<-again.closed
	shared.events <- counted(10)
	first.expect(next(counted(9)), next(counted(10)))
	for _, c := range []*client{second, third} {
		for n := 7; n <= 10; n++ {
			c.expect(next(counted(n)))
		}
	}
}

// A subgraph that counts is lost and found: those who share its stream go on
// where it stood, each let in anew, and no gap is told.
func TestHub_subgraph_that_counts_is_lost(t *testing.T) {
	t.Parallel()
	hub := newHub(0)
	grace, g, shared := leads(t, hub, 6)
	ada := newPerson("ada", supergraph.Live{})
	a := ada.joins(t, hub, subscribe.Joining{Notices: true})
	own := <-ada.legs
	own.events <- scopeAt("room", 6)
	<-own.closed
	shared.end <- lost
	adas := <-ada.legs
	if adas.after != at(6) {
		t.Errorf("the stream was asked to begin after %d, want %d", adas.after, at(6))
	}
	adas.events <- from(6)
	adas.events <- counted(7)
	adas.events <- scopeAt("room", 7)
	adas.events <- counted(8) // so that the word was heard
	a.expect(next(counted(7)), next(counted(8)))
	graces := <-grace.legs
	graces.events <- from(6)
	graces.events <- counted(7)
	graces.events <- scopeAt("room", 7)
	<-graces.closed
	adas.events <- counted(9)
	a.expect(next(counted(9)))
	g.expect(next(counted(7)), next(counted(8)), next(counted(9)))
}
