package messages_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/page"
)

func TestMutation_CreateMessage(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room, nowhere := w.room(ada), newID()
	var made struct{ CreateMessage struct{ Message message } }
	w.messages.Get(ada, createMessage, variables{"room": room, "text": " hello\n", "key": "k"}, &made)
	m := made.CreateMessage.Message
	if m.Text != " hello\n" || m.Author.ID != ada.ID || m.Room.ID != room || !strings.HasSuffix(m.CreatedAt, "Z") {
		t.Errorf("message %+v", m)
	}
	again := made
	w.messages.Get(ada, createMessage, variables{"room": room, "text": " hello\n", "key": "k"}, &again)
	if diff := cmp.Diff(made, again); diff != "" {
		t.Errorf("answer to the same key (-first +second):\n%s", diff)
	}
	for _, c := range []struct {
		name string
		by   person
		in   variables
		want problem
	}{
		{"blank", ada, variables{"room": room, "text": " "},
			problem{Message: "A message has 1 to 10000 characters; this one is blank.", Code: "BAD_USER_INPUT", Field: "text"}},
		{"too long", ada, variables{"room": room, "text": strings.Repeat("x", 10_001)},
			problem{Message: "A message has 1 to 10000 characters; this one has 10001.", Code: "BAD_USER_INPUT", Field: "text"}},
		{"another text with the key", ada, variables{"room": room, "text": "other", "key": "k"},
			problem{Message: `The idempotency key "k" was used before with another input.`, Code: "CONFLICT", Field: "idempotencyKey"}},
		{"not in the room", grace, variables{"room": room, "text": "x"},
			problem{Message: fmt.Sprintf("Only participants read and write in room %q.", room), Code: "FORBIDDEN"}},
		{"no such room", ada, variables{"room": nowhere, "text": "x"},
			problem{Message: fmt.Sprintf("There is no room %q.", nowhere), Code: "NOT_FOUND"}},
		{"anonymous", person{}, variables{"room": room, "text": "x"},
			problem{Message: "Sign in first: this needs an access token.", Code: "UNAUTHENTICATED"}},
		{"a service", w.Service("indexer"), variables{"room": room, "text": "x"},
			problem{Message: "Only a person with an account may do this.", Code: "FORBIDDEN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Path = "createMessage"
			if diff := cmp.Diff(c.want, w.messages.Refused(c.by, createMessage, c.in)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	if got := w.read(ada, room, nil).TotalCount; got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

func TestMutation_CreateMessage_not_an_id(t *testing.T) {
	w := newWorld(t)
	got := w.messages.Refused(w.Person(), createMessage, variables{"room": "42", "text": "x"})
	if got.Code != "BAD_USER_INPUT" || !strings.Contains(got.Message, `"42" is not an id.`) {
		t.Errorf("error %+v, want BAD_USER_INPUT that names 42", got)
	}
}

func TestMutation_CreateMessage_graph_away(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	w.AnswerWith(nothing{})
	got := w.messages.Refused(ada, createMessage, variables{"room": room, "text": "x"})
	want := problem{Message: "Another part of the service does not answer now. Try again.", Path: "createMessage", Code: "UNAVAILABLE"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestMutation_DeleteMessage(t *testing.T) {
	w := newWorld(t)
	owner, author, member, outsider := w.Person(), w.Person(), w.Person(), w.Person()
	room := w.room(owner, author, member)
	ids := w.say(author, room, "one", "two", "three")
	const deleteMessage = `mutation($id: ID!) { deleteMessage(input: {messageId: $id}) { deletedMessageId } }`
	for _, c := range []struct {
		name, id, code string
		by             person
	}{
		{"somebody outside", ids[0], "NOT_FOUND", outsider},
		{"another member", ids[0], "FORBIDDEN", member},
		{"no such message", newID(), "NOT_FOUND", owner},
		{"anonymous", ids[0], "UNAUTHENTICATED", person{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.messages.Refused(c.by, deleteMessage, variables{"id": c.id}); got.Code != c.code {
				t.Errorf("error %+v, want %s", got, c.code)
			}
		})
	}
	w.remove(author, ids[0])
	w.remove(owner, ids[1])
	w.leave(room, author)
	if got := w.messages.Refused(author, deleteMessage, variables{"id": ids[0]}); got.Code != "NOT_FOUND" {
		t.Errorf("deleted twice: %+v, want NOT_FOUND", got)
	}
	if diff := cmp.Diff([]string{"three"}, w.read(owner, room, nil).texts()); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	w.remove(author, ids[2])
	if got := w.read(owner, room, nil); len(got.Edges) != 0 || got.TotalCount != 0 {
		t.Errorf("what is left: %+v, want nothing", got)
	}
}

func TestQuery_Message(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	id := w.say(ada, w.room(ada), "hello")[0]
	const one = `query($id: ID!) { message(id: $id) { text } }`
	for _, c := range []struct {
		name, id, want string
		by             person
	}{
		{"a participant", id, `{"message":{"text":"hello"}}`, ada},
		{"somebody outside", id, `{"message":null}`, grace},
		{"a service", id, `{"message":null}`, w.Service("indexer")},
		{"no such message", newID(), `{"message":null}`, ada},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.messages.Do(c.by, one, variables{"id": c.id})
			if string(a.Data) != c.want || len(a.Errors) > 0 {
				t.Errorf("answer %s %+v, want %s", a.Data, a.Errors, c.want)
			}
		})
	}
	if got := w.messages.Refused(person{}, one, variables{"id": id}); got.Code != "UNAUTHENTICATED" {
		t.Errorf("anonymous: %+v, want UNAUTHENTICATED", got)
	}
}

func TestEntity_Message(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	hers, ours := w.room(ada), w.room(ada, grace)
	secret, shared := w.say(ada, hers, "secret")[0], w.say(ada, ours, "shared")[0]
	mark, answered := w.Statements.Mark(), w.Answered()
	a := w.messages.Do(grace, `query($all: [_Any!]!) { _entities(representations: $all) { ... on Message { text } } }`,
		variables{"all": representations("Message", secret, shared, newID())})
	if want := `{"_entities":[null,{"text":"shared"},null]}`; string(a.Data) != want || len(a.Errors) > 0 {
		t.Errorf("answer %s %+v, want %s", a.Data, a.Errors, want)
	}
	if got := w.since(mark, "messages m"); len(got) != 1 || w.Answered()-answered != 1 {
		t.Errorf("it took %d questions and the statements %q, want one of each", w.Answered()-answered, got)
	}
}

func TestRoom_Messages_pages(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room, other := w.room(ada), w.room(ada)
	w.say(ada, room, "1", "2", "3", "4", "5")
	foreign := w.say(ada, other, "x")
	_ = foreign
	all := w.read(ada, room, nil)
	at := func(n int) string { return all.Edges[n-1].Cursor }
	for _, c := range []struct {
		name           string
		window         variables
		want           []string
		next, previous bool
	}{
		{"all", nil, []string{"1", "2", "3", "4", "5"}, false, false},
		{"first", variables{"first": 2}, []string{"1", "2"}, true, false},
		{"first after", variables{"first": 2, "after": at(2)}, []string{"3", "4"}, true, true},
		{"first after, the rest", variables{"first": 2, "after": at(4)}, []string{"5"}, false, true},
		{"first after the last", variables{"first": 2, "after": at(5)}, []string{}, false, true},
		{"last", variables{"last": 2}, []string{"4", "5"}, false, true},
		{"last before", variables{"last": 2, "before": at(4)}, []string{"2", "3"}, true, true},
		{"last before, the rest", variables{"last": 2, "before": at(2)}, []string{"1"}, true, false},
		{"last before the first", variables{"last": 2, "before": at(1)}, []string{}, true, false},
		{"none", variables{"first": 0}, []string{}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.read(ada, room, c.window)
			if diff := cmp.Diff(c.want, got.texts()); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
			info := got.PageInfo
			if info.HasNextPage != c.next || info.HasPreviousPage != c.previous || got.TotalCount != 5 {
				t.Errorf("page info %+v of %d, want next %t, previous %t of 5", info, got.TotalCount, c.next, c.previous)
			}
			if n := len(got.Edges); n > 0 && (info.StartCursor != got.Edges[0].Cursor || info.EndCursor != got.Edges[n-1].Cursor) {
				t.Errorf("page info %+v does not name the first and last edges", info)
			}
		})
	}
}

func TestRoom_Messages_bad_windows(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room, other := w.room(ada), w.room(ada)
	w.say(ada, other, "x")
	elsewhere := w.read(ada, other, nil).Edges[0].Cursor
	participant := page.Key{"2026-11-22T12:00:00Z", ada.ID}.Cursor()
	for _, c := range []struct {
		name   string
		window variables
		field  string
	}{
		{"too many", variables{"first": 101}, "first"},
		{"less than none", variables{"last": -1}, "last"},
		{"both", variables{"first": 1, "last": 1}, "last"},
		{"another room's cursor", variables{"first": 1, "after": elsewhere}, "after"},
		{"another list's cursor", variables{"last": 1, "before": participant}, "before"},
		{"no cursor", variables{"first": 1, "after": "x"}, "after"},
		{"a cursor beyond all numbers", variables{"first": 1, "after": page.Key{room, "9223372036854775808"}.Cursor()}, "after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.window["rooms"] = representations("Room", room)
			got := w.messages.Refused(ada, roomMessages, c.window)
			if got.Code != "BAD_USER_INPUT" || got.Field != c.field || got.Path != "_entities.0.messages" {
				t.Errorf("error %+v, want BAD_USER_INPUT for %s", got, c.field)
			}
		})
	}
}

func TestRoom_Messages_of_rooms_one_is_not_in(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	hers, ours, nowhere := w.room(ada), w.room(ada, grace), newID()
	w.say(ada, hers, "secret")
	w.say(ada, ours, "shared")
	a := w.messages.Do(grace, `query($rooms: [_Any!]!) { _entities(representations: $rooms) { ... on Room { messages { edges { node { text } } } } } }`,
		variables{"rooms": representations("Room", hers, ours, nowhere)})
	if want := `{"_entities":[{"messages":null},{"messages":{"edges":[{"node":{"text":"shared"}}]}},{"messages":null}]}`; string(a.Data) != want {
		t.Errorf("data %s, want %s", a.Data, want)
	}
	want := []problem{
		{Message: fmt.Sprintf("Only participants read and write in room %q.", hers), Path: "_entities.0.messages", Code: "FORBIDDEN"},
		{Message: fmt.Sprintf("There is no room %q.", nowhere), Path: "_entities.2.messages", Code: "NOT_FOUND"},
	}
	if diff := cmp.Diff(want, a.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestRoom_Messages_of_a_hundred_rooms(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	var rooms []string
	for n := range 100 {
		room := w.room(ada)
		w.say(ada, room, "old", fmt.Sprint("last of ", n))
		rooms = append(rooms, room)
	}
	const fields = `edges { node { text author { id } room { id messages(last: 2) { edges { node { text } } } } } }`
	for _, c := range []struct {
		name, fields         string
		questions, statement int
	}{
		{"last messages with author and room", `edges { node { id text createdAt author { id } room { id } } } pageInfo { hasPreviousPage }`, 1, 1},
		{"and their number", `edges { node { text } } totalCount`, 1, 2},
		{"and the messages of the messages' rooms", fields, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			mark, answered := w.Statements.Mark(), w.Answered()
			var got entities
			w.messages.Get(ada, `query($rooms: [_Any!]!) { _entities(representations: $rooms) { ... on Room { messages(last: 1) { `+c.fields+` } } } }`,
				variables{"rooms": representations("Room", rooms...)}, &got)
			for n, room := range got.Entities {
				if diff := cmp.Diff([]string{fmt.Sprint("last of ", n)}, room.Messages.texts()); diff != "" {
					t.Fatalf("room %d (-want +got):\n%s", n, diff)
				}
			}
			if got := w.since(mark, "messages"); len(got) != c.statement {
				t.Errorf("%d statements, want %d: %q", len(got), c.statement, got)
			}
			if got := w.Answered() - answered; got != c.questions {
				t.Errorf("%d questions to the graph, want %d", got, c.questions)
			}
		})
	}
}
