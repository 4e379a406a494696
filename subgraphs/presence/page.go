package presence

import (
	"cmp"
	"strconv"
	"strings"

	"heddle/internal/page"
)

// The connection of the schema, and its edge.
type (
	PresenceConnection struct{ *page.Connection[PresenceEdge] }
	PresenceEdge       page.Edge[*Presence]
)

// keyOf gives a person's place among those in a room: when they came, and who
// they are.
func keyOf(p *Presence) page.Key {
	return page.Key{strconv.FormatInt(p.Since.UnixMilli(), 10), p.UserID}
}

func compareKeys(a, b page.Key) int {
	x, _ := strconv.ParseInt(a[0], 10, 64) // Window has looked at it
	y, _ := strconv.ParseInt(b[0], 10, 64)
	return cmp.Or(cmp.Compare(x, y), strings.Compare(a[1], b[1]))
}

// connection makes a page of those who are in a room, in their order.
func connection(w page.Window, people []*Presence) *PresenceConnection {
	return &PresenceConnection{page.Slice[PresenceEdge](w, people, keyOf, compareKeys)}
}
