package users_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func entityOf(t *testing.T, event []byte) string {
	t.Helper()
	var e struct{ Entity string }
	if err := json.Unmarshal(event, &e); err != nil {
		t.Fatal(err)
	}
	return e.Entity
}

func TestUser_entities_are_read_together(t *testing.T) {
	w := newWorld(t)
	var people []variables
	var want []*struct{ Username string }
	for i := range 30 {
		name := fmt.Sprint("person", i)
		people = append(people, variables{"__typename": "User", "id": w.add(name, "A", "B").ID})
		want = append(want, &struct{ Username string }{name})
	}
	people = append(people, people[0], variables{"__typename": "User", "id": w.Person().ID})
	want = append(want, want[0], nil)
	mark := w.Statements.Mark()
	var got struct {
		Entities []*struct{ Username string } `json:"_entities"`
	}
	w.users.Get(nobody, `query($people: [_Any!]!) { _entities(representations: $people) { ... on User { username profile { bio } } } }`,
		variables{"people": people}, &got)
	if diff := cmp.Diff(want, got.Entities); diff != "" {
		t.Errorf("the people (-want +got):\n%s", diff)
	}
	if statements := w.Statements.Since(mark); len(statements) != 1 {
		t.Errorf("reading 32 people took the statements\n%s", strings.Join(statements, "\n"))
	}
}

// page is a UserConnection as clients see it.
type page struct {
	Edges []struct {
		Cursor string
		Node   struct{ Username string }
	}
	PageInfo   struct{ HasNextPage, HasPreviousPage bool }
	TotalCount int
}

func (p page) names() string {
	var names []string
	for _, edge := range p.Edges {
		names = append(names, edge.Node.Username)
	}
	return strings.Join(names, " ")
}

const search = `query($q: String!, $first: Int, $after: String, $last: Int, $before: String) {
	searchUsers(query: $q, first: $first, after: $after, last: $last, before: $before) {
		edges { cursor node { username } } pageInfo { hasNextPage hasPreviousPage } totalCount
	}
}`

func TestSearchUsers(t *testing.T) {
	w := newWorld(t)
	ada := w.add("ada", "Ada", "Lovelace")
	w.add("Elise-9", "Élise", "Müller")
	w.add("bela", "Béla", "Bartók")
	w.add("per_cent", "Per", "O'Cent")
	w.add("zoe", "Zoe", "Elison")
	w.add("melis", "Melis", "Kaya")
	for _, c := range []struct{ query, want string }{
		{"elis", "Elise-9 zoe melis"}, // a username, a name, a part of one
		{" ÉLIS ", "Elise-9 zoe melis"},
		{"lovelace", "ada"},
		{"ada love", "ada"},
		{"bartok", "bela"},
		{"la", ""}, // two letters are looked for where words begin
		{"lov", "ada"},
		{"b", "bela"},
		{"vela", "ada"},
		{"%", ""},
		{"r_c", "per_cent"},
		{"o'c", "per_cent"},
		{`\`, ""},
	} {
		var got struct{ SearchUsers page }
		w.users.Get(ada, search, variables{"q": c.query}, &got)
		if got.SearchUsers.names() != c.want || got.SearchUsers.TotalCount != len(strings.Fields(c.want)) {
			t.Errorf("%q finds %q of %d, want %q", c.query, got.SearchUsers.names(), got.SearchUsers.TotalCount, c.want)
		}
	}
	w.users.Get(ada, updateProfile, variables{"input": variables{"lastName": "King"}}, &struct{}{})
	var now struct{ SearchUsers page }
	if w.users.Get(ada, search, variables{"q": "king"}, &now); now.SearchUsers.names() != "ada" {
		t.Errorf("a new name finds %q", now.SearchUsers.names())
	}
	for _, c := range []struct {
		by    person
		ask   variables
		code  string
		field string
	}{
		{nobody, variables{"q": "ada"}, "UNAUTHENTICATED", ""},
		{ada, variables{"q": " "}, "BAD_USER_INPUT", "query"},
		{ada, variables{"q": strings.Repeat("a", 101)}, "BAD_USER_INPUT", "query"},
		{ada, variables{"q": "a\x00a"}, "BAD_USER_INPUT", "query"},
		{ada, variables{"q": "ada", "first": 101}, "BAD_USER_INPUT", "first"},
		{ada, variables{"q": "ada", "after": "WyI5IiwiYSJd"}, "BAD_USER_INPUT", "after"}, // ["9","a"]: there is no such tier
	} {
		if got := w.users.Refused(c.by, search, c.ask); got.Code != c.code || got.Field != c.field {
			t.Errorf("%v was refused with %+v, want %s of %q", c.ask, got, c.code, c.field)
		}
	}
}

func TestSearchUsers_in_pages_both_ways(t *testing.T) {
	w := newWorld(t)
	reader := w.add("ann", "Ann", "A") // tier 0, as are the next two
	w.add("ann-b", "X", "X")
	w.add("annc", "X", "X")
	w.add("bb1", "Anna", "X") // tier 1
	w.add("bb2", "X", "Ann")
	w.add("cc1", "Hannah", "X") // tier 2
	w.add("cc2", "X", "Johann")
	const all = "ann ann-b annc bb1 bb2 cc1 cc2"
	for size := 1; size <= 8; size++ {
		var forth, back []string
		ask := variables{"q": "ann", "first": size}
		for range 8 {
			var got struct{ SearchUsers page }
			w.users.Get(reader, search, ask, &got)
			forth = append(forth, strings.Fields(got.SearchUsers.names())...)
			if !got.SearchUsers.PageInfo.HasNextPage {
				break
			}
			ask["after"] = got.SearchUsers.Edges[len(got.SearchUsers.Edges)-1].Cursor
		}
		ask = variables{"q": "ann", "last": size}
		for range 8 {
			var got struct{ SearchUsers page }
			w.users.Get(reader, search, ask, &got)
			back = append(strings.Fields(got.SearchUsers.names()), back...)
			if !got.SearchUsers.PageInfo.HasPreviousPage {
				break
			}
			ask["before"] = got.SearchUsers.Edges[0].Cursor
		}
		if strings.Join(forth, " ") != all || strings.Join(back, " ") != all {
			t.Errorf("in pages of %d: %q forth and %q back", size, forth, back)
		}
	}
}
