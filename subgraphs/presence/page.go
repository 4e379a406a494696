package presence

import (
	"cmp"
	"context"
	"slices"
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
	count := len(people)
	rows := slices.DeleteFunc(slices.Clone(people), func(p *Presence) bool {
		return w.After != nil && compareKeys(keyOf(p), w.After) <= 0 || w.Before != nil && compareKeys(keyOf(p), w.Before) >= 0
	})
	if w.Backward {
		slices.Reverse(rows)
	}
	rows = rows[:min(len(rows), w.Limit+1)]
	return &PresenceConnection{page.Of[PresenceEdge](w, rows, keyOf, func(context.Context) (int, error) { return count, nil })}
}
