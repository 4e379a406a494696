package subscribe

import (
	"strconv"
	"time"
)

// Kind says what a message is.
type Kind int

// What a client is told: a response, that there will be no more, or that there
// will be no more because of errors.
const (
	Next Kind = iota
	Complete
	Failed
	notice // a gap; clients see it as part of a response
)

// Message is one thing for a client. Body is shared by all clients and must
// not be changed: a GraphQL response for Next, a JSON list of GraphQL errors
// for Failed.
type Message struct {
	Kind Kind
	Body []byte
	// Cursor is where the stream stands after a response; a client that comes
	// back with it goes on there.
	Cursor string
	// Gap tells that something is missing before this response; nil if nothing is.
	Gap *Gap
}

// Gap is what a client is told when it did not get everything.
type Gap struct {
	Reason Reason
	Missed int // how many messages; 0 if that is not known
}

// Reason is why there is a gap.
type Reason string

// The reasons, as clients see them.
const (
	Slow     Reason = "SLOW"     // the client did not read as fast as messages came
	Upstream Reason = "UPSTREAM" // the subgraph was away for a while
	Resumed  Reason = "RESUMED"  // the client came back too late, or to another router
	Regraph  Reason = "GRAPH"    // the graph has changed, and the subgraph was asked anew
)

// with joins two gaps that nothing was delivered between.
func (g *Gap) with(other *Gap) *Gap {
	switch {
	case g == nil:
		return other
	case other == nil:
		return g
	case g.Reason == Slow && other.Reason == Slow:
		return &Gap{Reason: Slow, Missed: g.Missed + other.Missed}
	case g.Reason == Slow:
		return &Gap{Reason: other.Reason}
	}
	return &Gap{Reason: g.Reason}
}

// Append writes the response of a Next message. A gap stands in its extensions,
// and the cursor too for a client that is informed.
func (m Message) Append(to []byte, informed bool) []byte {
	if m.Gap == nil && (!informed || m.Cursor == "") {
		return append(to, m.Body...)
	}
	to = append(to, m.Body[:len(m.Body)-1]...) // an object, to which a member is added
	to = append(to, `,"extensions":{"live":{`...)
	if informed && m.Cursor != "" {
		to = append(append(append(to, `"cursor":"`...), m.Cursor...), '"')
		if m.Gap != nil {
			to = append(to, ',')
		}
	}
	if m.Gap != nil {
		to = append(append(append(to, `"gap":{"reason":"`...), m.Gap.Reason...), '"')
		if m.Gap.Missed > 0 {
			to = strconv.AppendInt(append(to, `,"missed":`...), int64(m.Gap.Missed), 10)
		}
		to = append(to, '}')
	}
	return append(to, "}}}"...)
}

// event is a message as all clients of an upstream share it.
type event struct {
	kind   Kind
	body   []byte
	seq    uint64
	cursor string
	place  Place  // where the stream stands after it, as the subgraph says
	entity string // what it is about, where only the latest is kept
	gap    *Gap   // of a notice
	at     time.Time
}

// nothing is the response around a gap that is told by itself.
var nothing = []byte(`{"data":null}`)
