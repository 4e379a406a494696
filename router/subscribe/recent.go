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
// are made: a name that no other upstream has, a dot, and a number.
type recent struct {
	name   string
	seq    uint64 // of the last event
	events []*event
	bytes  int
}

func newRecent() recent { return recent{name: rand.Text()[:12]} }

// add numbers an event and keeps it for a while.
func (r *recent) add(e *event, window time.Duration) {
	r.seq++
	e.seq, e.cursor, e.at = r.seq, r.cursor(), time.Now()
	if window <= 0 {
		return
	}
	r.events = append(r.events, e)
	r.bytes += len(e.body)
	gone := 0
	for gone < len(r.events)-1 && (len(r.events)-gone > recentCount || r.bytes > recentBytes || e.at.Sub(r.events[gone].at) > window) {
		r.bytes -= len(r.events[gone].body)
		r.events[gone] = nil
		gone++
	}
	r.events = r.events[gone:]
}

// after are the events that came after the cursor; ok is false if that is not
// known any more, or never was.
func (r *recent) after(cursor string) (events []*event, ok bool) {
	name, number, _ := strings.Cut(cursor, ".")
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

// names tells whether a cursor is one of this stream.
func (r *recent) names(cursor string) bool { return strings.HasPrefix(cursor, r.name+".") }

// cursor is where the stream stands.
func (r *recent) cursor() string { return r.name + "." + strconv.FormatUint(r.seq, 36) }

// since are the events that came after a moment, as far as they are kept.
func (r *recent) since(moment time.Time) []*event {
	for i, e := range r.events {
		if e.at.After(moment) {
			return r.events[i:]
		}
	}
	return nil
}
