package subscribe

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// Place is where a stream stands, as its subgraph counts: one more than a number
// that grows with each event, and that says the same at every router. 0 is
// nowhere: the subgraph does not say.
type Place uint64

// At is the place with a subgraph's number; nowhere without one.
func At(number *uint64) Place {
	if number == nil {
		return 0
	}
	return Place(*number + 1)
}

func (p Place) known() bool { return p > 0 }

// number is what the subgraph calls it.
func (p Place) number() uint64 { return uint64(p) - 1 }

// tag tells streams apart of which the subgraph counts each for itself.
func (k Key) tag() string { return hex.EncodeToString(k[:4]) }

// placeOf is the place in a cursor of streams with the tag, whoever made it.
func placeOf(cursor, tag string) Place {
	parts := strings.Split(cursor, ".")
	if len(parts) != 4 || parts[3] != tag {
		return 0
	}
	n, err := strconv.ParseUint(parts[2], 36, 63)
	if err != nil {
		return 0
	}
	return Place(n)
}
