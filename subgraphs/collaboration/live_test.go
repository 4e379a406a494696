package collaboration_test

import (
	"encoding/json"
	"testing"

	"heddle/subgraphs/collaboration"
)

// A client is first given what it lacks, which its state vector tells, and then
// each update but its own.
func TestCodeUpdated(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	empty := w.follow(w.code, grace, room, nil)
	if u := empty.hear(); u.Number != 0 || !u.CatchUp || u.Author != nil || u.ClientID != nil {
		t.Errorf("of an empty document comes %+v", u)
	}
	one := w.writer(ada, room, 7)
	one.write(w.code, "package main\n")
	early := one.doc.StateVector().Encode()
	one.write(w.code, "package loom\n")
	if u := empty.hear(); u.Number != 1 || u.CatchUp || u.Author.ID != ada.ID || *u.ClientID != "7" {
		t.Errorf("the first update is %+v", u)
	}
	empty.reads(2, "package loom\n")

	whole := w.follow(w.code, grace, room, nil)
	whole.reads(2, "package loom\n")
	rest := w.follow(w.code, grace, room, variables{"vector": early})
	if u := next(rest.Stream); !u.CatchUp || u.Number != 2 || len(u.Update) >= len(w.read(w.code, ada, room).State) {
		t.Errorf("who has the first update is given %+v, want less than the whole", u)
	}

	own := w.follow(w.code, ada, room, variables{"client": "7"})
	otherTab := w.follow(w.code, ada, room, variables{"client": "8"})
	sameName := w.follow(w.code, grace, room, variables{"client": "7"})
	for _, r := range []*reader{own, otherTab, sameName} {
		r.reads(2, "package loom\n")
	}
	one.write(w.code, "package weft\n")
	two := w.writer(grace, room, 9)
	two.doc = otherTab.doc
	for _, r := range []*reader{otherTab, sameName, whole, empty} {
		r.reads(3, "package weft\n")
	}
	two.write(w.code, "package warp\n")
	if u := own.hear(); u.Number != 4 || *u.ClientID != "9" {
		t.Errorf("a client hears %+v after it wrote, want the other's update alone", u)
	}
}

func TestCodeUpdated_two_processes(t *testing.T) {
	w := newWorld(t)
	here := w.code
	w.Process()
	there := w.Open(collaborationDomain)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	first, second := w.follow(here, ada, room, nil), w.follow(there, grace, room, nil)
	first.reads(0, "")
	second.reads(0, "")

	one := w.writer(ada, room, 7)
	one.write(there, "from there")
	one.write(here, "from here")

	for _, r := range []*reader{first, second} {
		r.reads(1, "from there")
		r.reads(2, "from here")
	}
}

// What is published may come twice, out of order, or not at all; and the
// updates that were missed may have been merged meanwhile.
func TestCodeUpdated_once_and_in_order(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	store := w.openStore()
	r := w.follow(w.code, ada, room, nil)
	r.reads(0, "")
	one := w.writer(ada, room, 7)
	var data [][]byte
	for i, text := range []string{"a", "ab", "abc", "abcd"} {
		data = append(data, one.doc.Replace(7, map[string]string{"main": text}))
		w.append(store, room, ada, data[i]) // told to nobody yet
	}
	for _, n := range []int{2, 1, 2, 4, 3} {
		w.tell(room, collaboration.Happening{Number: int64(n), Author: ada.ID, Data: data[n-1]})
	}
	for n, text := range []string{"a", "ab", "abc", "abcd"} {
		r.reads(n+1, text)
	}
	w.append(store, room, ada, one.doc.Replace(7, map[string]string{"main": "abcde"}))
	w.append(store, room, ada, one.doc.Replace(7, map[string]string{"main": "abcdef"}))
	w.compact(store, room, 6, one.doc.State())
	w.tell(room, collaboration.Happening{Number: 6})
	if u := r.hear(); !u.CatchUp || u.Number != 6 || r.doc.Text("main") != "abcdef" {
		t.Errorf("after merging comes %+v, which reads %q", u, r.doc.Text("main"))
	}
	one.write(w.code, "abcdefg")
	r.reads(7, "abcdefg")
}

func TestCodeUpdated_ends(t *testing.T) {
	for _, c := range []struct {
		name, how string
		by        func(owner, member person) person
	}{
		{"left", `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`, func(_, member person) person { return member }},
		{"removed", `mutation($id: ID!, $user: ID!) { removeParticipant(input: {roomId: $id, userId: $user}) { room { id } } }`, func(owner, _ person) person { return owner }},
		{"deleted", `mutation($id: ID!) { deleteRoom(input: {roomId: $id}) { deletedRoomId } }`, func(owner, _ person) person { return owner }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			owner, member := w.Person(), w.Person()
			room := w.room(owner, member)
			code := w.follow(w.code, member, room, nil)
			code.reads(0, "")
			answered := w.Answered()
			cursors := w.code.Subscribe(member, cursorMoved, variables{"room": room})
			w.AwaitAnswers(answered + 1)
			w.rooms.Get(c.by(owner, member), c.how, variables{"id": room, "user": member.ID}, &map[string]any{})
			code.Ended()
			cursors.Ended()
			problem := w.code.Refused(member, apply, variables{"room": room, "update": []byte{0, 0}})
			if want := map[bool]string{true: "NOT_FOUND", false: "FORBIDDEN"}[c.name == "deleted"]; problem.Code != want {
				t.Errorf("writing afterwards gives %+v, want %s", problem, want)
			}
		})
	}
}

// tell publishes what happened, as a process does that has kept it.
func (w *world) tell(room string, h collaboration.Happening) {
	w.t.Helper()
	payload, err := json.Marshal(h)
	if err == nil {
		err = w.Env.Live.Publish(w.t.Context(), "collaboration."+room, payload)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
