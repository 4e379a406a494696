// Package page knows Relay connections over keysets: which rows a client asks
// for with first, after, last and before, and how the rows become edges and
// page information (GraphQL Cursor Connections Specification).
package page

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// Sizes of a page, in rows.
const (
	Default = 20
	Max     = 100
)

// Args are the four arguments of a connection field.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Window is what a store has to read: at most Limit+1 rows strictly between
// After and Before, in the connection's order, or from its end if Backward.
// The row beyond Limit only tells whether there are more.
type Window struct {
	Limit    int
	Backward bool
	After    Key // nil: from the beginning
	Before   Key // nil: to the end
}

// Key is the place of a row in the connection's order: the values of the
// columns that order it, the last of which is unique.
type Key []string

// Kind tells whether a text can be a value of a column that orders a list.
type Kind func(text string) bool

// ID is the kind of an id: a UUID in its usual form.
func ID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

// Time is the kind of a time, as keys are made of it: RFC 3339 in UTC.
func Time(text string) bool {
	t, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && t.Year() > 0 && text == t.UTC().Format(time.RFC3339Nano)
}

// Number is the kind of a number that PostgreSQL's bigint can hold.
func Number(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// Text is the kind of any text that PostgreSQL can hold.
func Text(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// Window checks the arguments. kinds are those of the values in a Key of this
// connection, in order; a cursor of another connection is refused.
func (a Args) Window(kinds ...Kind) (Window, error) {
	w := Window{Limit: Default, Backward: a.Last != nil}
	if a.First != nil && a.Last != nil {
		return w, fault.Field("last", `Give either "first" or "last", not both.`)
	}
	if err := limit(&w.Limit, "first", a.First); err != nil {
		return w, err
	}
	if err := limit(&w.Limit, "last", a.Last); err != nil {
		return w, err
	}
	var err error
	if w.After, err = decode("after", a.After, kinds); err != nil {
		return w, err
	}
	w.Before, err = decode("before", a.Before, kinds)
	return w, err
}

func limit(into *int, name string, asked *int) error {
	if asked == nil {
		return nil
	}
	if *asked < 0 || *asked > Max {
		return fault.Field(name, `"%s" must be between 0 and %d; it was %d.`, name, Max, *asked)
	}
	*into = *asked
	return nil
}

// Cursor returns the opaque form of the key.
func (k Key) Cursor() string {
	text, _ := json.Marshal([]string(k)) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

func decode(name string, cursor *string, kinds []Kind) (Key, error) {
	if cursor == nil {
		return nil, nil
	}
	var key Key
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err == nil {
		err = json.Unmarshal(text, &key)
	}
	if err != nil || !key.fits(kinds) {
		return nil, fault.Field(name, `%q is not a cursor of this list.`, *cursor)
	}
	return key, nil
}

func (k Key) fits(kinds []Kind) bool {
	if len(k) != len(kinds) {
		return false
	}
	for i, kind := range kinds {
		if !kind(k[i]) {
			return false
		}
	}
	return true
}

// Info is the PageInfo of the specification.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is one row with its place. A domain names its own: type RoomEdge page.Edge[*Room].
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is one page of a list of edges. It counts the whole list only
// when asked. A domain names its own, since the code generator tells generic
// types from each other only by name: type RoomConnection struct{ *page.Connection[RoomEdge] }.
type Connection[E any] struct {
	Edges    []*E
	PageInfo *Info
	count    func(context.Context) (int, error)
}

// TotalCount counts the whole list, beyond the page.
func (c *Connection[E]) TotalCount(ctx context.Context) (int, error) { return c.count(ctx) }

// Of makes a page of the rows that a store read for the window: in reading
// order, so from the end if the window is backward. key gives a row's place,
// count the length of the whole list. The rows become peers (package batch).
func Of[E ~struct {
	Cursor string
	Node   T
}, T any](w Window, rows []T, key func(T) Key, count func(context.Context) (int, error)) *Connection[E] {
	more := len(rows) > w.Limit
	if more {
		rows = rows[:w.Limit]
	}
	if w.Backward {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	batch.Join(rows)
	c := &Connection[E]{Edges: make([]*E, len(rows)), PageInfo: info(w, more), count: count}
	for i, row := range rows {
		edge := E{Cursor: key(row).Cursor(), Node: row}
		c.Edges[i] = &edge
	}
	if n := len(rows); n > 0 {
		first, last := key(rows[0]).Cursor(), key(rows[n-1]).Cursor()
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &first, &last
	}
	return c
}

// info says what lies beyond the page. On the side that was not walked towards,
// a cursor means that at least its own row lies there.
func info(w Window, more bool) *Info {
	if w.Backward {
		return &Info{HasNextPage: w.Before != nil, HasPreviousPage: more}
	}
	return &Info{HasNextPage: more, HasPreviousPage: w.After != nil}
}
