package code_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pause is longer than a document rests before it is handed over.
const pause = 5 * time.Second

// Snapshots are numbered, and one that is brought back is the next one.
func TestSaveSnapshot_and_restore(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	first := map[string]string{"main": "package main\n", "notes": "é😀\n"}
	w.write(ada, room, first)
	one := w.save(ada, room, variables{"label": "It compiles"})
	if one.Number != 1 || one.Kind != "SAVED" || *one.Label != "It compiles" || one.Author.ID != ada.ID || one.Room.ID != room || one.Restored != nil || one.CreatedAt != "2026-11-22T12:00:00Z" {
		t.Errorf("the first snapshot is %+v", one)
	}
	if diff := cmp.Diff(first, textsOf(t, one.State)); diff != "" || len(one.Texts) != 2 || one.Texts[0].Content != first["main"] {
		t.Errorf("the first snapshot reads %+v (-want +got):\n%s", one.Texts, diff)
	}
	w.write(grace, room, map[string]string{"main": "package loom\n"})
	w.clock.Move(time.Second) // less than a pause
	if two := w.save(grace, room, nil); two.Number != 2 || two.Label != nil || two.Author.ID != grace.ID || len(two.Texts) != 1 {
		t.Errorf("the second snapshot is %+v", two)
	}
	for range 2 { // the same key restores once
		var a struct{ RestoreSnapshot struct{ Snapshot snapshot } }
		w.code.Get(grace, restoreSnapshot, variables{"room": room, "number": 1, "key": "k"}, &a)
		if s := a.RestoreSnapshot.Snapshot; s.Number != 3 || s.Kind != "RESTORED" || *s.Restored != 1 || s.Author.ID != grace.ID {
			t.Errorf("what was restored is %+v", s)
		}
	}
	if diff := cmp.Diff(first, w.now(ada, room)); diff != "" {
		t.Errorf("the live document (-want +got):\n%s", diff)
	}
	if p := w.code.Refused(ada, restoreSnapshot, variables{"room": room, "number": 4}); p.Code != "NOT_FOUND" {
		t.Errorf("a snapshot that is not there: %+v", p)
	}
	for _, label := range []string{" ", strings.Repeat("é", 101), "a\x00b"} {
		if p := w.code.Refused(ada, saveSnapshot, variables{"room": room, "label": label}); p.Code != "BAD_USER_INPUT" || p.Field != "label" {
			t.Errorf("the label %q: %+v", label, p)
		}
	}
}

// Several save at once: the numbers are consecutive, and the same key saves once.
func TestSaveSnapshot_at_once(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	w.write(ada, room, map[string]string{"main": "x"})
	var mu sync.Mutex
	var numbers []int
	byKey := map[string]int{}
	var saving sync.WaitGroup
	for n := range 12 {
		saving.Go(func() {
			key := fmt.Sprint("key ", n%8)
			s := w.save(ada, room, variables{"key": key})
			mu.Lock()
			defer mu.Unlock()
			if number, twice := byKey[key]; twice && number != s.Number {
				t.Errorf("the key %q gave the numbers %d and %d", key, number, s.Number)
			} else if !twice {
				numbers = append(numbers, s.Number)
			}
			byKey[key] = s.Number
		})
	}
	saving.Wait()
	slices.Sort(numbers)
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8}; !slices.Equal(numbers, want) {
		t.Errorf("numbers %v, want %v", numbers, want)
	}
}

// The history is for the room's participants alone.
func TestSnapshots_refused(t *testing.T) {
	w := newWorld(t)
	ada, former := w.Person(), w.Person()
	room := w.room(ada, former)
	w.write(ada, room, map[string]string{"main": "secret"})
	kept := w.save(ada, room, nil)
	w.change(former, `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`, room)
	admin := w.Person()
	admin.Token = w.Issuer.Token(admin.ID, map[string]any{"roles": []string{"ADMIN"}})
	for name, by := range map[string]struct {
		person
		code string
	}{
		"a former participant": {former, "FORBIDDEN"}, "an administrator": {admin, "FORBIDDEN"}, "somebody outside": {w.Person(), "FORBIDDEN"},
		"a service": {w.Service("indexer"), "FORBIDDEN"}, "nobody": {person{}, "UNAUTHENTICATED"},
	} {
		for _, operation := range []string{saveSnapshot, restoreSnapshot, readSnapshot, codeDiff} {
			in := variables{"room": room}
			if operation != saveSnapshot {
				in["number"] = 1
			}
			if operation == codeDiff {
				in = variables{"room": room, "from": 0, "to": 1}
			}
			if p := w.code.Refused(by.person, operation, in); p.Code != by.code {
				t.Errorf("%s: %.30s gives %+v, want %s", name, operation, p, by.code)
			}
		}
		a := w.code.Do(by.person, readRooms, variables{"rooms": []variables{{"__typename": "Room", "id": room}}})
		if string(a.Data) != `{"_entities":[{"snapshots":null,"latestSnapshot":null}]}` || len(a.Errors) != 2 || a.Errors[0].Code != by.code {
			t.Errorf("%s reads %s %+v", name, a.Data, a.Errors)
		}
		a = w.code.Do(by.person, `query($keys: [_Any!]!) { _entities(representations: $keys) { ... on CodeSnapshot { texts { content } } } }`,
			variables{"keys": []variables{{"__typename": "CodeSnapshot", "id": kept.ID}}})
		if strings.Contains(string(a.Data), "secret") {
			t.Errorf("%s reads %s", name, a.Data)
		}
	}
	if s := w.save(ada, room, nil); s.Number != 2 {
		t.Errorf("after all that the next snapshot has number %d", s.Number)
	}
}

// What was changed between any two snapshots, in either direction.
func TestCodeDiff(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	for _, texts := range []map[string]string{
		{"main": "a\nb\nc\nd\ne\n", "gone": "x"},
		{"main": "a\nb\nC\nd\ne\nf", "new": "y\n"},
	} {
		w.write(ada, room, texts)
		w.save(ada, room, nil)
	}
	diff := func(from, to, context int) string {
		t.Helper()
		a := w.code.Do(ada, codeDiff, variables{"room": room, "from": from, "to": to, "context": context})
		if len(a.Errors) > 0 {
			return a.Errors[0].Code + " " + a.Errors[0].Field
		}
		return strings.NewReplacer(`{"codeDiff":`, "", "\\u003c", "<").Replace(strings.TrimSuffix(string(a.Data), "}"))
	}
	for _, c := range []struct {
		from, to, context int
		want              string
	}{
		{1, 1, 3, `{"from":1,"to":1,"unified":"","texts":[]}`},
		{1, 2, 1, `{"from":1,"to":2,"unified":"--- a/gone\n+++ b/gone\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n--- a/main\n+++ b/main\n@@ -2,4 +2,5 @@\n b\n-c\n+C\n d\n e\n+f\n\\ No newline at end of file\n--- a/new\n+++ b/new\n@@ -0,0 +1 @@\n+y\n","texts":[` +
			`{"name":"gone","change":"REMOVED","insertions":0,"deletions":1,"unified":"--- a/gone\n+++ b/gone\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n","hunks":[{"fromLine":1,"fromCount":1,"toLine":1,"toCount":0,"lines":[{"kind":"DELETED","content":"x"}]}]},` +
			`{"name":"main","change":"CHANGED","insertions":2,"deletions":1,"unified":"--- a/main\n+++ b/main\n@@ -2,4 +2,5 @@\n b\n-c\n+C\n d\n e\n+f\n\\ No newline at end of file\n","hunks":[{"fromLine":2,"fromCount":4,"toLine":2,"toCount":5,"lines":[{"kind":"CONTEXT","content":"b\n"},{"kind":"DELETED","content":"c\n"},{"kind":"INSERTED","content":"C\n"},{"kind":"CONTEXT","content":"d\n"},{"kind":"CONTEXT","content":"e\n"},{"kind":"INSERTED","content":"f"}]}]},` +
			`{"name":"new","change":"ADDED","insertions":1,"deletions":0,"unified":"--- a/new\n+++ b/new\n@@ -0,0 +1 @@\n+y\n","hunks":[{"fromLine":1,"fromCount":0,"toLine":1,"toCount":1,"lines":[{"kind":"INSERTED","content":"y\n"}]}]}]}`},
		{0, 3, 3, "NOT_FOUND "},
		{-1, 1, 3, "NOT_FOUND "},
		{1, 2, 101, "BAD_USER_INPUT context"},
		{1, 2, -1, "BAD_USER_INPUT context"},
	} {
		if d := cmp.Diff(c.want, diff(c.from, c.to, c.context)); d != "" {
			t.Errorf("from %d to %d (-want +got):\n%s", c.from, c.to, d)
		}
	}
	if got := diff(2, 0, 0); !strings.Contains(got, `"name":"new","change":"REMOVED"`) {
		t.Errorf("back to the beginning: %s", got)
	}
}

// Pages of the history, newest first; a page costs the same few statements
// whatever its size.
func TestRoom_snapshots(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room, empty := w.room(ada), w.room(ada)
	for n := range 7 {
		w.write(ada, room, map[string]string{"main": strings.Repeat("x\n", n+1)})
		w.save(ada, room, nil)
	}
	type list struct {
		Snapshots struct {
			Edges []struct {
				Cursor string
				Node   struct {
					Number int
					Texts  []struct{ Content string }
					Diff   struct{ Unified string }
				}
			}
			PageInfo   struct{ HasNextPage, HasPreviousPage bool }
			TotalCount int
		}
		LatestSnapshot *struct{ Number int }
	}
	read := func(more variables) []list {
		t.Helper()
		in := variables{"rooms": []variables{{"__typename": "Room", "id": room}, {"__typename": "Room", "id": empty}}}
		for name, value := range more {
			in[name] = value
		}
		var a struct {
			Entities []list `json:"_entities"`
		}
		w.code.Get(ada, readRooms, in, &a)
		return a.Entities
	}
	numbers := func(l list) (n []int) {
		for _, e := range l.Snapshots.Edges {
			n = append(n, e.Node.Number)
		}
		return n
	}
	whole := read(nil)
	if got := numbers(whole[0]); !slices.Equal(got, []int{7, 6, 5, 4, 3, 2, 1}) || whole[0].Snapshots.TotalCount != 7 || whole[0].LatestSnapshot.Number != 7 {
		t.Errorf("the history is %+v", whole[0])
	}
	if e := whole[0].Snapshots.Edges[1].Node; e.Texts[0].Content != strings.Repeat("x\n", 6) || !strings.Contains(e.Diff.Unified, "+x\n") {
		t.Errorf("the sixth is %+v", e)
	}
	if len(whole[1].Snapshots.Edges) != 0 || whole[1].LatestSnapshot != nil || whole[1].Snapshots.TotalCount != 0 {
		t.Errorf("the other room has %+v", whole[1])
	}
	cursor := whole[0].Snapshots.Edges[2].Cursor
	only := variables{"rooms": []variables{{"__typename": "Room", "id": room}}}
	for _, c := range []struct {
		args variables
		want []int
	}{
		{variables{"first": 2, "after": cursor}, []int{4, 3}},
		{variables{"last": 1, "before": cursor}, []int{6}},
		{variables{"first": 0}, nil},
	} {
		c.args["rooms"] = only["rooms"]
		if got := numbers(read(c.args)[0]); !slices.Equal(got, c.want) {
			t.Errorf("%v gives %v, want %v", c.args, got, c.want)
		}
	}
	costs := map[int]int{}
	for _, first := range []int{1, 7} {
		mark := w.Statements.Mark()
		w.code.Get(ada, `query($rooms: [_Any!]!, $first: Int) { _entities(representations: $rooms) { ... on Room {
			snapshots(first: $first) { totalCount edges { node { texts { content } state } } } latestSnapshot { number } } } }`,
			variables{"rooms": only["rooms"], "first": first}, &map[string]any{})
		for _, sql := range w.Statements.Since(mark) {
			if strings.Contains(sql, "code_snapshots") {
				costs[first]++
			}
		}
	}
	if costs[7] != costs[1] || costs[1] != 4 { // the page, the latest, texts, states
		t.Errorf("a page of 1 costs %d statements, one of 7 costs %d", costs[1], costs[7])
	}
}

// A message shows what the code read when it was said, to those in the room.
func TestMessage_codeSnapshot(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room, others := w.room(ada), w.room(grace)
	var messages []variables
	said := func(in string) {
		messages = append(messages, variables{"__typename": "Message", "id": w.Env.NewID(), "createdAt": w.clock.Now(), "roomId": in})
	}
	said(room)
	for n := range 2 {
		w.clock.Move(time.Second)
		w.write(ada, room, map[string]string{"main": fmt.Sprint(n)})
		w.save(ada, room, nil)
		w.clock.Move(time.Second)
		said(room)
	}
	said(others)
	a := w.code.Do(ada, `query($messages: [_Any!]!) { _entities(representations: $messages) { ... on Message { codeSnapshot { number texts { content } } } } }`, variables{"messages": messages})
	want := `{"_entities":[{"codeSnapshot":null},{"codeSnapshot":{"number":1,"texts":[{"content":"0"}]}},{"codeSnapshot":{"number":2,"texts":[{"content":"1"}]}},{"codeSnapshot":null}]}`
	if string(a.Data) != want || len(a.Errors) != 1 || a.Errors[0].Code != "FORBIDDEN" || a.Errors[0].Path != "_entities.3.codeSnapshot" {
		t.Errorf("the messages show %s %+v, want %s", a.Data, a.Errors, want)
	}
}

// What comes to rest is kept by itself, in parts if it is large, unless it was
// saved already; it outlives the live document.
func TestSettled(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room, other := w.room(ada, grace), w.room(ada)
	w.write(ada, room, map[string]string{"main": "one"})
	w.save(ada, room, nil)
	mark := w.Statements.Mark()
	w.clock.Move(pause)
	w.Statements.Await(mark, "SELECT r.closed", 1) // looked at, and known already
	mark = w.Statements.Mark()
	w.write(grace, room, map[string]string{"main": "two"})
	w.clock.Move(pause)
	w.Statements.Await(mark, "INSERT INTO code_snapshots", 1)
	large := strings.Repeat("all work and no play\n", 40_000)
	mark = w.Statements.Mark()
	w.write(ada, other, map[string]string{"main": large})
	w.clock.Move(pause)
	w.Statements.Await(mark, "INSERT INTO code_snapshots", 1)
	w.Statements.Await(mark, "commit", 3)
	read := func(room string, number int) snapshot {
		t.Helper()
		var a struct{ CodeSnapshot snapshot }
		w.code.Get(ada, readSnapshot, variables{"room": room, "number": number}, &a)
		return a.CodeSnapshot
	}
	w.lose("code_talk_collaboration")
	if s := read(room, 2); s.Kind != "AUTOMATIC" || s.Author.ID != grace.ID || s.Texts[0].Content != "two" || s.CreatedAt != "2026-11-22T12:00:05Z" {
		t.Errorf("what was kept by itself is %+v", s)
	}
	if s := read(other, 1); s.Texts[0].Content != large || s.Number != 1 {
		t.Errorf("the large one has number %d and %d bytes", s.Number, len(s.Texts))
	}
	var a struct{ RestoreSnapshot struct{ Snapshot snapshot } }
	w.code.Get(ada, restoreSnapshot, variables{"room": room, "number": 1}, &a)
	if got := w.now(ada, room); got["main"] != "one" {
		t.Errorf("restored after everything live was lost, it reads %q", got)
	}
}

// Of somebody whose account is gone no name is left, of a room that is gone
// nothing.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room, other := w.room(ada, grace), w.room(ada, grace)
	for _, r := range []string{room, other} {
		w.write(grace, r, map[string]string{"main": "one"})
		w.save(grace, r, variables{"key": "k " + r})
	}
	mark := w.Statements.Mark()
	w.Publish("user.deleted", grace.ID)
	w.Publish("room.deleted", other)
	w.Statements.Await(mark, "DELETE FROM idempotency_keys", 1)
	w.Statements.Await(mark, "DELETE FROM parts", 1)
	w.Statements.Await(mark, "commit", 2)
	var a struct{ CodeSnapshot snapshot }
	w.code.Get(ada, readSnapshot, variables{"room": room, "number": 1}, &a)
	if s := a.CodeSnapshot; s.Author != nil || s.Texts[0].Content != "one" {
		t.Errorf("what somebody saved who is gone is %+v", s)
	}
	var gone struct{ CodeSnapshot *snapshot }
	w.code.Get(ada, readSnapshot, variables{"room": other, "number": 1}, &gone)
	if gone.CodeSnapshot != nil {
		t.Errorf("a room that is gone has %+v", gone.CodeSnapshot)
	}
	if p := w.code.Refused(ada, saveSnapshot, variables{"room": other}); p.Code != "NOT_FOUND" {
		t.Errorf("saving in a room that is gone: %+v", p)
	}
}
