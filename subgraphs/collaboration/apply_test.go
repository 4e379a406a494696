package collaboration_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/subgraph/subgraphtest"
	"heddle/internal/yjs"
	"heddle/subgraphs/collaboration"
)

// What is no update, too large, or not from somebody in the room is refused and
// changes nothing.
func TestApplyCodeUpdate_refused(t *testing.T) {
	w := newWorld(t)
	ada, former := w.Person(), w.Person()
	room := w.room(ada, former)
	w.leave(room, former)
	one := w.writer(ada, room, 7)
	one.write(w.code, "package main\n")
	before := w.read(w.code, ada, room)
	good := yjs.New().Replace(9, map[string]string{"main": "intruder"})
	admin := w.Person()
	admin.Token = w.Issuer.Token(admin.ID, map[string]any{"roles": []string{"ADMIN"}})
	for _, c := range []struct {
		name, room, client string
		by                 person
		update             any
		want               problem
	}{
		{"nothing", room, "7", ada, []byte{}, problem{Code: "BAD_USER_INPUT", Field: "update"}},
		{"cut off", room, "7", ada, good[:len(good)-2], problem{Code: "BAD_USER_INPUT", Field: "update"}},
		{"goes on", room, "7", ada, append(bytes.Clone(good), 0), problem{Code: "BAD_USER_INPUT", Field: "update"}},
		{"another format", room, "7", ada, []byte("package main"), problem{Code: "BAD_USER_INPUT", Field: "update"}},
		{"too large", room, "7", ada, yjs.New().Replace(9, map[string]string{"main": strings.Repeat("x", collaboration.UpdateLimit)}), problem{Code: "BAD_USER_INPUT", Field: "update"}},
		{"not base64", room, "7", ada, "AAA", problem{Code: "BAD_USER_INPUT"}},
		{"a client without a name", room, "", ada, good, problem{Code: "BAD_USER_INPUT", Field: "clientId"}},
		{"a client with too long a name", room, strings.Repeat("é", 65), ada, good, problem{Code: "BAD_USER_INPUT", Field: "clientId"}},
		{"somebody outside", room, "7", w.Person(), good, problem{Code: "FORBIDDEN"}},
		{"a former participant", room, "7", former, good, problem{Code: "FORBIDDEN"}},
		{"an administrator", room, "7", admin, good, problem{Code: "FORBIDDEN"}},
		{"anonymous", room, "7", person{}, good, problem{Code: "UNAUTHENTICATED"}},
		{"a service", room, "7", w.Service("indexer"), good, problem{Code: "FORBIDDEN"}},
		{"no such room", w.Env.NewID(), "7", ada, good, problem{Code: "NOT_FOUND"}},
	} {
		got := w.code.Refused(c.by, apply, variables{"room": c.room, "update": c.update, "client": c.client})
		if got.Code != c.want.Code || got.Field != c.want.Field || got.Message == "" {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if diff := cmp.Diff(before, w.read(w.code, ada, room)); diff != "" {
		t.Errorf("something was changed (-before +after):\n%s", diff)
	}
	for _, by := range []person{former, admin, {}, w.Person()} {
		w.code.Refused(by, document, variables{"room": room})
		stream := w.code.Subscribe(by, codeUpdated, variables{"room": room})
		if a, ok := stream.Next(); !ok || len(a.Errors) != 1 {
			t.Errorf("somebody who may not hears %s", a.Data)
		}
	}
}

// Updates that come in another order than they were written amount to the same,
// and one that comes twice to nothing more.
func TestApplyCodeUpdate_in_any_order(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	one := w.writer(ada, room, 7)
	var data [][]byte
	for _, text := range []string{"a", "ab", "é😀", ""} {
		data = append(data, one.doc.Replace(7, map[string]string{"main": text, "notes": "n" + text}))
	}
	for _, n := range []int{3, 1, 1, 2, 0} {
		one.send(w.code, data[n])
	}
	got := w.read(w.code, ada, room)
	if got.Number != 5 || got.Text.Content != "" || len(got.Texts) != 1 || got.Texts[0].Content != "n" {
		t.Errorf("the document is %+v", got)
	}
	if !bytes.Equal(got.State, one.doc.State()) || !bytes.Equal(got.StateVector, one.doc.StateVector().Encode()) {
		t.Errorf("the state is % x, want % x", got.State, one.doc.State())
	}
}

// Nothing that was acknowledged is lost when Redis loses everything, and
// nothing waits for a Redis that is away.
func TestApplyCodeUpdate_Redis_lost(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	one := w.writer(ada, room, 7)
	r := w.follow(w.code, grace, room, nil)
	r.reads(0, "")
	one.write(w.code, "one")
	r.reads(1, "one")
	w.read(w.code, ada, room) // merged, and in Redis
	if err := w.Env.Redis.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	if got := w.read(w.code, ada, room); got.Text.Content != "one" {
		t.Errorf("after Redis lost everything the text is %q", got.Text.Content)
	}
	w.Redis.Stop()
	if number := one.write(w.code, "two"); number != 2 {
		t.Errorf("without Redis the update has number %d", number)
	}
	if got := w.read(w.code, ada, room); got.Text.Content != "two" {
		t.Errorf("without Redis the text is %q", got.Text.Content)
	}
	w.Redis.Start()
	r.reads(2, "two")
	one.write(w.code, "three")
	r.reads(3, "three")
}

const replace = `mutation($room: ID!, $texts: [CodeTextInput!]!) { replaceCode(input: {roomId: $room, texts: $texts}) { document { number texts { name content } } } }`

// Replaced, the texts read as given, and what is replaced twice is changed once.
func TestReplaceCode(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	one := w.writer(ada, room, 7)
	one.write(w.code, "package main\n\nfunc main() {}\n")
	r := w.follow(w.code, grace, room, nil)
	r.reads(1, "package main\n\nfunc main() {}\n")
	for range 2 {
		var a struct{ ReplaceCode struct{ Document code } }
		w.code.Get(ada, replace, variables{"room": room, "texts": []variables{{"name": "main", "content": "package loom\n\nfunc main() { weave() }\n"}, {"name": "notes", "content": "é😀"}}}, &a)
		if d := a.ReplaceCode.Document; d.Number != 2 || len(d.Texts) != 2 || d.Texts[1].Content != "é😀" {
			t.Errorf("replaced, the document is %+v", d)
		}
	}
	r.reads(2, "package loom\n\nfunc main() { weave() }\n")
	var a struct{ ReplaceCode struct{ Document code } }
	w.code.Get(ada, replace, variables{"room": room, "texts": []variables{{"name": "notes", "content": "é😀"}}}, &a)
	r.reads(3, "")
	twice := []variables{{"name": "a", "content": "1"}, {"name": "a", "content": "2"}}
	if p := w.code.Refused(ada, replace, variables{"room": room, "texts": twice}); p.Field != "texts" {
		t.Errorf("a text given twice: %+v", p)
	}
	if p := w.code.Refused(w.Person(), replace, variables{"room": room, "texts": []variables{}}); p.Code != "FORBIDDEN" {
		t.Errorf("somebody outside: %+v", p)
	}
}

// Documents of several rooms are read together; those of rooms that the caller
// is not in have an error each.
func TestRoom_code(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	rooms := []string{w.room(ada), w.room(grace), w.room(ada)}
	w.writer(ada, rooms[0], 7).write(w.code, "first")
	var keys []variables
	for _, room := range rooms {
		keys = append(keys, variables{"__typename": "Room", "id": room})
	}
	a := w.code.Do(ada, `query($rooms: [_Any!]!) { _entities(representations: $rooms) { ... on Room { code { number text(name: "main") { content } room { id } } } } }`, variables{"rooms": keys})
	want := []subgraphtest.Problem{{Message: `Only participants read and write in room "` + rooms[1] + `".`, Path: "_entities.1.code", Code: "FORBIDDEN"}}
	if diff := cmp.Diff(want, a.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	text := `{"_entities":[{"code":{"number":1,"text":{"content":"first"},"room":{"id":"` + rooms[0] + `"}}},{"code":null},{"code":{"number":0,"text":{"content":""},"room":{"id":"` + rooms[2] + `"}}}]}`
	if string(a.Data) != text {
		t.Errorf("data %s, want %s", a.Data, text)
	}
	mark := w.Statements.Mark()
	w.code.Do(ada, `query($rooms: [_Any!]!) { _entities(representations: $rooms) { ... on CodeDocument { number state texts { name } } } }`, variables{"rooms": []variables{
		{"__typename": "CodeDocument", "roomId": rooms[0]}, {"__typename": "CodeDocument", "roomId": rooms[2]},
	}})
	read := 0
	for _, sql := range w.Statements.Since(mark) {
		if strings.Contains(sql, "documents") {
			read++
		}
	}
	if read != 1 {
		t.Errorf("two documents were read in %d statements", read)
	}
}
