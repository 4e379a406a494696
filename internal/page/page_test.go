package page_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fault"
	"heddle/internal/page"
)

const id = "0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d"

func of[T any](v T) *T { return &v }

func TestArgs_Window(t *testing.T) {
	t.Parallel()
	key := page.Key{"2026-11-22T12:00:00.5Z", id}
	for _, c := range []struct {
		name string
		args page.Args
		want page.Window
	}{
		{"nothing", page.Args{}, page.Window{Limit: 20}},
		{"first", page.Args{First: of(100)}, page.Window{Limit: 100}},
		{"first none", page.Args{First: of(0)}, page.Window{}},
		{"last", page.Args{Last: of(3)}, page.Window{Limit: 3, Backward: true}},
		{"after", page.Args{First: of(3), After: of(key.Cursor())}, page.Window{Limit: 3, After: key}},
		{"before", page.Args{Last: of(3), Before: of(key.Cursor())}, page.Window{Limit: 3, Backward: true, Before: key}},
		{"first before", page.Args{First: of(3), Before: of(key.Cursor())}, page.Window{Limit: 3, Before: key}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.args.Window(page.Time, page.ID)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("window (-want +got):\n%s\nerror: %v", diff, err)
			}
		})
	}
}

func TestArgs_Window_refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		args  page.Args
		field string
		want  string
	}{
		{"both", page.Args{First: of(1), Last: of(1)}, "last", `Give either "first" or "last", not both.`},
		{"too many", page.Args{First: of(101)}, "first", `"first" must be between 0 and 100; it was 101.`},
		{"less than none", page.Args{Last: of(-1)}, "last", `"last" must be between 0 and 100; it was -1.`},
		{"not base64", page.Args{After: of("?")}, "after", `"?" is not a cursor of this list.`},
		{"not JSON", page.Args{After: of("eA")}, "after", `"eA" is not a cursor of this list.`},
		{"empty", page.Args{Before: of("")}, "before", `"" is not a cursor of this list.`},
		{"too few values", page.Args{After: of(page.Key{id}.Cursor())}, "after", ""},
		{"too many values", page.Args{After: of(page.Key{"2026-11-22T12:00:00Z", id, id}.Cursor())}, "after", ""},
		{"values in another order", page.Args{After: of(page.Key{id, "2026-11-22T12:00:00Z"}.Cursor())}, "after", ""},
		{"a time that PostgreSQL has not", page.Args{After: of(page.Key{"0000-11-22T12:00:00Z", id}.Cursor())}, "after", ""},
		{"a zone that PostgreSQL has not", page.Args{After: of(page.Key{"2026-11-22T12:00:00+23:59", id}.Cursor())}, "after", ""},
		{"an id in another form", page.Args{After: of(page.Key{"2026-11-22T12:00:00Z", "urn:uuid:" + id}.Cursor())}, "after", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.args.Window(page.Time, page.ID)
			var refused *fault.Error
			if !errors.As(err, &refused) || refused.Code != fault.BadInput || refused.Field != c.field || (c.want != "" && refused.Message != c.want) {
				t.Errorf("error %+v, want BAD_USER_INPUT for %s: %s", err, c.field, c.want)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		kind page.Kind
		want bool
	}{
		{"42", page.Number, true},
		{"-9223372036854775808", page.Number, true},
		{"9223372036854775808", page.Number, false},
		{"1e3", page.Number, false},
		{"", page.Number, false},
		{"", page.Text, true},
		{"é\n", page.Text, true},
		{"a\x00", page.Text, false},
		{"a\xff", page.Text, false},
	} {
		if got := c.kind(c.text); got != c.want {
			t.Errorf("%q: %t, want %t", c.text, got, c.want)
		}
	}
}

type edge page.Edge[*int]

func keyOf(n *int) page.Key { return page.Key{strconv.Itoa(*n)} }

func TestOf(t *testing.T) {
	t.Parallel()
	before, after := page.Key{"9"}, page.Key{"0"}
	for _, c := range []struct {
		name           string
		window         page.Window
		read           []int // in reading order, one beyond the limit if there is one
		want           []int
		next, previous bool
	}{
		{"empty", page.Window{Limit: 2}, nil, []int{}, false, false},
		{"the whole list", page.Window{Limit: 2}, []int{1, 2}, []int{1, 2}, false, false},
		{"the beginning", page.Window{Limit: 2}, []int{1, 2, 3}, []int{1, 2}, true, false},
		{"the middle", page.Window{Limit: 2, After: after}, []int{1, 2, 3}, []int{1, 2}, true, true},
		{"after the end", page.Window{Limit: 2, After: after}, nil, []int{}, false, true},
		{"the end", page.Window{Limit: 2, Backward: true}, []int{3, 2, 1}, []int{2, 3}, false, true},
		{"the middle, backward", page.Window{Limit: 2, Backward: true, Before: before}, []int{3, 2, 1}, []int{2, 3}, true, true},
		{"before the beginning", page.Window{Limit: 2, Backward: true, Before: before}, nil, []int{}, true, false},
		{"none of many", page.Window{Limit: 0}, []int{1}, []int{}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var rows []*int
			for _, n := range c.read {
				rows = append(rows, of(n))
			}
			got := page.Of[edge](c.window, rows, keyOf, func(context.Context) (int, error) { return 42, nil })
			values := []int{}
			for _, e := range got.Edges {
				values = append(values, *e.Node)
			}
			want := &page.Info{HasNextPage: c.next, HasPreviousPage: c.previous}
			if n := len(c.want); n > 0 {
				want.StartCursor, want.EndCursor = of(page.Key{strconv.Itoa(c.want[0])}.Cursor()), of(page.Key{strconv.Itoa(c.want[n-1])}.Cursor())
			}
			if diff := cmp.Diff(c.want, values) + cmp.Diff(want, got.PageInfo); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
			if n, err := got.TotalCount(t.Context()); n != 42 || err != nil {
				t.Errorf("total %d (%v), want 42", n, err)
			}
		})
	}
}

type letterEdge page.Edge[*letter]

type letter struct{ name string }

// TestSlice walks a list that is there as a whole, in both directions.
func TestSlice(t *testing.T) {
	t.Parallel()
	var all []*letter
	for _, name := range strings.Split("abcdefg", "") {
		all = append(all, &letter{name})
	}
	key := func(l *letter) page.Key { return page.Key{l.name} }
	for _, c := range []struct {
		name   string
		window page.Window
		want   string
	}{
		{"all", page.Window{Limit: 10}, "abcdefg"},
		{"the first", page.Window{Limit: 3}, "abc>"},
		{"the next", page.Window{Limit: 3, After: page.Key{"c"}}, "<def>"},
		{"the last", page.Window{Limit: 3, Backward: true}, "<efg"},
		{"those before", page.Window{Limit: 3, Backward: true, Before: page.Key{"e"}}, "<bcd>"},
		{"between", page.Window{Limit: 3, After: page.Key{"b"}, Before: page.Key{"e"}}, "<cd"},
		{"after one that is gone", page.Window{Limit: 2, After: page.Key{"cc"}}, "<de>"},
		{"none", page.Window{Limit: 0}, ">"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := page.Slice[letterEdge](c.window, all, key, func(a, b page.Key) int { return slices.Compare(a, b) })
			text := ""
			if got.PageInfo.HasPreviousPage {
				text += "<"
			}
			for _, edge := range got.Edges {
				text += edge.Node.name
			}
			if got.PageInfo.HasNextPage {
				text += ">"
			}
			if n, err := got.TotalCount(t.Context()); text != c.want || n != len(all) || err != nil {
				t.Errorf("%s of %d (%v), want %s of %d", text, n, err, c.want, len(all))
			}
		})
	}
}
