package subscribe

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"
)

// The most that an upstream keeps for clients that come back.
const (
	recentCount = 512
	recentBytes = 1 << 20
)

// recent is what an upstream has delivered lately, in order, and how its cursors
// are made: a name that no other upstream has and a number; where the subgraph
// counts also the place and its tag, which the same stream has at other routers.
type recent struct {
	name   string
	tag    string
	seq    uint64 // of the last event
	events []*event
	bytes  int
	stands Place // after the last event
	since  Place // before the first that is kept
}

func newRecent(tag string) recent { return recent{name: rand.Text()[:12], tag: tag} }

// reach notes where a stream stands, beside its events.
func (r *recent) reach(at Place) {
	if !r.stands.known() {
		r.since = at
	}
	r.stands = max(r.stands, at)
}

// forget forgets where the stream stands: it will be another, which counts
// otherwise.
func (r *recent) forget(tag string) {
	r.tag, r.stands, r.since = tag, 0, 0
	for _, e := range r.events {
		e.place = 0
	}
}

// add numbers an event and keeps it for a while.
func (r *recent) add(e *event, window time.Duration) {
	r.seq++
	if e.place.known() {
		r.stands = e.place
	}
	e.seq, e.cursor, e.at = r.seq, r.cursor(), time.Now()
	if window <= 0 {
		r.since = r.stands
		return
	}
	r.events = append(r.events, e)
	r.bytes += len(e.body)
	gone := 0
	for gone < len(r.events)-1 && (len(r.events)-gone > recentCount || r.bytes > recentBytes || e.at.Sub(r.events[gone].at) > window) {
		old := r.events[gone]
		r.bytes -= len(old.body)
		r.since = max(r.since, old.place)
		r.events[gone] = nil
		gone++
	}
	r.events = r.events[gone:]
}

// after are the events that came after the cursor; ok is false if that is not
// known any more, or never was.
func (r *recent) after(cursor string) (events []*event, ok bool) {
	name, number, _ := strings.Cut(cursor, ".")
	number, _, _ = strings.Cut(number, ".")
	seq, err := strconv.ParseUint(number, 36, 64)
	switch {
	case err != nil || name != r.name || seq > r.seq:
		return nil, false
	case seq == r.seq:
		return nil, true
	case len(r.events) == 0 || r.events[0].seq > seq+1:
		return nil, false
	}
	return r.events[seq+1-r.events[0].seq:], true
}

// afterPlace are the events that came after a place; ok is false if some of them
// are not kept. The stream may not have come to the place yet.
func (r *recent) afterPlace(place Place) (events []*event, ok bool) {
	if !place.known() || !r.since.known() || place < r.since {
		return nil, false
	}
	for i := len(r.events); i > 0; i-- {
		if e := r.events[i-1]; e.place.known() && e.place <= place {
			return r.events[i:], true
		}
	}
	return r.events, true
}

// names tells whether a cursor is one of this stream.
func (r *recent) names(cursor string) bool { return strings.HasPrefix(cursor, r.name+".") }

// cursor is where the stream stands.
func (r *recent) cursor() string { return r.cursorAt(r.stands) }

func (r *recent) cursorAt(place Place) string {
	cursor := r.name + "." + strconv.FormatUint(r.seq, 36)
	if place.known() {
		cursor += "." + strconv.FormatUint(uint64(place), 36) + "." + r.tag
	}
	return cursor
}

// sinceMoment are the events that came after a moment, as far as they are kept.
func (r *recent) sinceMoment(moment time.Time) []*event {
	for i, e := range r.events {
		if e.at.After(moment) {
			return r.events[i:]
		}
	}
	return nil
}
