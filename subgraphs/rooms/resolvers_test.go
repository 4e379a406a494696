package rooms_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/page"
)

// titles is a page of rooms as clients see it.
type titles struct {
	Rooms struct {
		Edges []struct {
			Cursor string
			Node   struct{ Title string }
		}
		PageInfo   struct{ HasNextPage, HasPreviousPage bool }
		TotalCount int
	}
}

func (l titles) all() []string {
	all := []string{}
	for _, edge := range l.Rooms.Edges {
		all = append(all, edge.Node.Title)
	}
	return all
}

const listRooms = `query($filter: RoomFilter, $first: Int, $after: String, $last: Int, $before: String) {
	rooms(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
		edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage } totalCount
	}
}`

func TestQuery_Rooms_filter(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	w.room("OPEN", "Weaving 100%", ada)
	w.room("INVITATION", "Spinning", ada)
	w.room("OPEN", "Spinning_wheels", grace, ada)
	w.room("OPEN", "Dyeing", grace)
	for _, c := range []struct {
		name   string
		filter variables
		want   []string
	}{
		{"none", nil, []string{"Dyeing", "Spinning_wheels", "Spinning", "Weaving 100%"}},
		{"a part of the title, in any case", variables{"title": "SPIN"}, []string{"Spinning_wheels", "Spinning"}},
		{"a sign of patterns", variables{"title": "0%"}, []string{"Weaving 100%"}},
		{"another sign of patterns", variables{"title": "g_w"}, []string{"Spinning_wheels"}},
		{"an empty title", variables{"title": ""}, []string{"Dyeing", "Spinning_wheels", "Spinning", "Weaving 100%"}},
		{"those one is in", variables{"joined": true}, []string{"Spinning_wheels", "Spinning", "Weaving 100%"}},
		{"those one is not in", variables{"joined": false}, []string{"Dyeing"}},
		{"by visibility", variables{"visibility": "INVITATION"}, []string{"Spinning"}},
		{"all together", variables{"title": "s", "joined": true, "visibility": "OPEN"}, []string{"Spinning_wheels"}},
		{"nothing fits", variables{"title": "knitting"}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got titles
			w.rooms.Get(ada, listRooms, variables{"filter": c.filter}, &got)
			if diff := cmp.Diff(c.want, got.all()); diff != "" || got.Rooms.TotalCount != len(c.want) {
				t.Errorf("titles (-want +got):\n%s\ntotal %d", diff, got.Rooms.TotalCount)
			}
		})
	}
	got := w.rooms.Refused(ada, listRooms, variables{"filter": variables{"title": "a\x00"}})
	if got.Code != "BAD_USER_INPUT" || got.Field != "filter.title" {
		t.Errorf("NUL in the title: %+v, want BAD_USER_INPUT for filter.title", got)
	}
}

func TestQuery_Rooms_pages(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	for n := range 5 {
		w.room("OPEN", fmt.Sprint(5-n), ada)
	}
	var all titles
	w.rooms.Get(ada, listRooms, nil, &all)
	at := func(n int) string { return all.Rooms.Edges[n-1].Cursor }
	for _, c := range []struct {
		name           string
		window         variables
		want           []string
		next, previous bool
	}{
		{"first", variables{"first": 2}, []string{"1", "2"}, true, false},
		{"first after", variables{"first": 3, "after": at(2)}, []string{"3", "4", "5"}, false, true},
		{"first after the last", variables{"first": 3, "after": at(5)}, []string{}, false, true},
		{"last", variables{"last": 2}, []string{"4", "5"}, false, true},
		{"last before", variables{"last": 3, "before": at(4)}, []string{"1", "2", "3"}, true, false},
		{"between", variables{"first": 9, "after": at(1), "before": at(4)}, []string{"2", "3"}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got titles
			w.rooms.Get(ada, listRooms, c.window, &got)
			info := got.Rooms.PageInfo
			if diff := cmp.Diff(c.want, got.all()); diff != "" || info.HasNextPage != c.next || info.HasPreviousPage != c.previous {
				t.Errorf("titles (-want +got):\n%s\npage info %+v, want next %t and previous %t", diff, info, c.next, c.previous)
			}
		})
	}
	for _, cursor := range []string{"x", page.Key{"2026-11-22T12:00:00Z", newID()}.Cursor(), page.Key{"urn:uuid:" + newID()}.Cursor(), page.Key{}.Cursor()} {
		if got := w.rooms.Refused(ada, listRooms, variables{"after": cursor}); got.Code != "BAD_USER_INPUT" || got.Field != "after" {
			t.Errorf("cursor %q: %+v, want BAD_USER_INPUT for after", cursor, got)
		}
	}
}

func TestQuery_RoomsByIds(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	one, two := w.room("OPEN", "One", ada), w.room("OPEN", "Two", grace)
	const byIDs = `query($ids: [ID!]!) { roomsByIds(ids: $ids) { title viewerRole } }`
	for _, c := range []struct {
		name string
		by   person
		ids  []string
		want string
	}{
		{"in the order asked, null for what is missing", ada, []string{two, newID(), one, two},
			`[{"title":"Two","viewerRole":null},null,{"title":"One","viewerRole":"OWNER"},{"title":"Two","viewerRole":null}]`},
		{"an id in capitals", ada, []string{strings.ToUpper(one)}, `[{"title":"One","viewerRole":"OWNER"}]`},
		{"none", ada, []string{}, `[]`},
		{"a service is in no room", w.Service("indexer"), []string{one}, `[{"title":"One","viewerRole":null}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got struct{ RoomsByIds json.RawMessage }
			w.rooms.Get(c.by, byIDs, variables{"ids": c.ids}, &got)
			if string(got.RoomsByIds) != c.want {
				t.Errorf("answer %s, want %s", got.RoomsByIds, c.want)
			}
		})
	}
	many := make([]string, 1001)
	for i := range many {
		many[i] = one
	}
	if got := w.rooms.Refused(ada, byIDs, variables{"ids": many}); got.Code != "BAD_USER_INPUT" || got.Field != "ids" {
		t.Errorf("too many: %+v, want BAD_USER_INPUT for ids", got)
	}
	if got := w.rooms.Refused(person{}, byIDs, variables{"ids": []string{one}}); got.Code != "UNAUTHENTICATED" {
		t.Errorf("anonymous: %+v, want UNAUTHENTICATED", got)
	}
}

func TestRoom_Participants(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.account(), w.account()
	open, closed := w.room("OPEN", "Open", ada), w.room("INVITATION", "Closed", ada)
	if diff := cmp.Diff([]string{ada.ID + ":OWNER"}, w.people(grace, open)); diff != "" {
		t.Errorf("people of an open room, from outside (-want +got):\n%s", diff)
	}
	var hidden struct {
		Room struct {
			Title        string
			Participants struct {
				Edges      []any
				TotalCount int
			}
		}
	}
	w.rooms.Get(grace, `query($id: ID!) { room(id: $id) { title participants { edges { cursor } totalCount } } }`, variables{"id": closed}, &hidden)
	if got := hidden.Room; got.Title != "Closed" || len(got.Participants.Edges) != 0 || got.Participants.TotalCount != 0 {
		t.Errorf("a room by invitation, from outside: %+v, want its title alone", got)
	}
	w.do(ada, invite, variables{"roomId": closed, "userId": grace.ID})
	w.do(grace, joinRoom, variables{"roomId": closed})
	if diff := cmp.Diff([]string{ada.ID + ":OWNER", grace.ID + ":MEMBER"}, w.people(grace, closed)); diff != "" {
		t.Errorf("people of a room by invitation, from inside (-want +got):\n%s", diff)
	}
}

// A page of rooms costs the store as many statements as it has kinds of things.
func TestQuery_Rooms_statements(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	for n := range 30 {
		w.room("OPEN", fmt.Sprint(n), ada, grace)
	}
	for _, c := range []struct {
		name, fields string
		want         int
	}{
		{"rooms", `title owner { id } viewerRole createdAt`, 1},
		{"and their people", `participants(first: 5) { edges { node { user { id } } } }`, 2},
		{"and the people's number", `participants(first: 5) { edges { node { user { id } } } totalCount }`, 3},
		{"and the people once more, otherwise", `participants(first: 1) { totalCount } latest: participants(last: 1) { edges { node { role } } }`, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			mark := w.Statements.Mark()
			w.rooms.Get(ada, `{ rooms(first: 30) { edges { node { `+c.fields+` } } } }`, nil, &map[string]any{})
			if got := w.Statements.Since(mark); len(got) != c.want {
				t.Errorf("%d statements, want %d: %q", len(got), c.want, got)
			}
		})
	}
}

func TestQuery_Invitations(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.account(), w.account()
	for n := range 3 {
		w.do(ada, invite, variables{"roomId": w.room("INVITATION", fmt.Sprint(n), ada), "userId": grace.ID})
	}
	type list struct {
		Invitations struct {
			Edges []struct {
				Node struct{ Room struct{ Title string } }
			}
			PageInfo   struct{ EndCursor string }
			TotalCount int
		}
	}
	const invitations = `query($after: String) { invitations(first: 2, after: $after) { edges { node { room { title } } } pageInfo { endCursor } totalCount } }`
	var first, second, others list
	mark := w.Statements.Mark()
	w.rooms.Get(grace, invitations, nil, &first)
	if got := w.Statements.Since(mark); len(got) != 3 {
		t.Errorf("%d statements, want 3: %q", len(got), got)
	}
	w.rooms.Get(grace, invitations, variables{"after": first.Invitations.PageInfo.EndCursor}, &second)
	w.rooms.Get(ada, invitations, nil, &others)
	got := []string{}
	for _, l := range []list{first, second, others} {
		for _, edge := range l.Invitations.Edges {
			got = append(got, edge.Node.Room.Title)
		}
		got = append(got, fmt.Sprint("of ", l.Invitations.TotalCount))
	}
	if diff := cmp.Diff([]string{"2", "1", "of 3", "0", "of 3", "of 0"}, got); diff != "" {
		t.Errorf("invitations (-want +got):\n%s", diff)
	}
}

func TestEntity_Room(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	one, two := w.room("OPEN", "One", ada), w.room("OPEN", "Two", ada)
	all := []variables{}
	for _, id := range []string{two, newID(), one} {
		all = append(all, variables{"__typename": "Room", "id": id})
	}
	mark := w.Statements.Mark()
	a := w.rooms.Do(ada, `query($all: [_Any!]!) { _entities(representations: $all) { ... on Room { title participants(first: 1) { totalCount } } } }`, variables{"all": all})
	want := `{"_entities":[{"title":"Two","participants":{"totalCount":1}},null,{"title":"One","participants":{"totalCount":1}}]}`
	if string(a.Data) != want || len(a.Errors) > 0 {
		t.Errorf("answer %s %+v, want %s", a.Data, a.Errors, want)
	}
	if got := w.Statements.Since(mark); len(got) != 3 {
		t.Errorf("%d statements, want 3: %q", len(got), got)
	}
}
