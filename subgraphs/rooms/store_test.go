package rooms_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// at once runs the functions together and waits for all.
func atOnce(all ...func()) {
	var group sync.WaitGroup
	for _, f := range all {
		group.Go(f)
	}
	group.Wait()
}

func owners(people []string) (n int) {
	for _, p := range people {
		if strings.HasSuffix(p, ":OWNER") {
			n++
		}
	}
	return n
}

func TestStore_Change_many_join_at_once(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room("OPEN", "Loom", ada)
	var joins []func()
	want := []string{ada.ID + ":OWNER"}
	for range 10 {
		p := w.Person()
		want = append(want, p.ID+":MEMBER")
		for range 2 { // each twice
			joins = append(joins, func() { w.rooms.Do(p, mutation(joinRoom), variables{"in": variables{"roomId": room}}) })
		}
	}
	atOnce(joins...)
	got := w.people(ada, room)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

// While the last one leaves, another joins: either the room is gone and nobody
// is in it, or the one who joined owns it.
func TestStore_Change_owner_leaves_while_another_joins(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		ada, grace := w.Person(), w.Person()
		room := w.room("OPEN", "Loom", ada)
		atOnce(
			func() { w.do(ada, leaveRoom, variables{"roomId": room}) },
			func() { w.rooms.Do(grace, mutation(joinRoom), variables{"in": variables{"roomId": room}}) },
		)
		a := w.rooms.Do(grace, `query($id: ID!) { room(id: $id) { viewerRole owner { id } } }`, variables{"id": room})
		gone, hers := `{"room":null}`, `{"room":{"viewerRole":"OWNER","owner":{"id":"`+grace.ID+`"}}}`
		if got := string(a.Data); got != gone && got != hers || len(a.Errors) > 0 {
			t.Fatalf("afterwards %s %+v, want the room gone or hers", got, a.Errors)
		}
	}
}

func TestStore_Change_everybody_leaves_at_once(t *testing.T) {
	w := newWorld(t)
	people := []person{w.Person(), w.Person(), w.Person(), w.Person()}
	room := w.room("OPEN", "Loom", people[0], people[1:]...)
	var leaves []func()
	for _, p := range people {
		leaves = append(leaves, func() { w.do(p, leaveRoom, variables{"roomId": room}) })
	}
	atOnce(leaves...)
	if a := w.rooms.Do(people[0], `query($id: ID!) { room(id: $id) { id } }`, variables{"id": room}); string(a.Data) != `{"room":null}` {
		t.Errorf("afterwards %s, want the room gone", a.Data)
	}
}

func TestStore_Change_the_room_is_handed_to_two_at_once(t *testing.T) {
	w := newWorld(t)
	ada, grace, alan := w.Person(), w.Person(), w.Person()
	room := w.room("OPEN", "Loom", ada, grace, alan)
	hand := func(to person) func() {
		return func() {
			w.rooms.Do(ada, mutation(changeRole), variables{"in": variables{"roomId": room, "userId": to.ID, "role": "OWNER"}})
		}
	}
	atOnce(hand(grace), hand(alan))
	if got := w.people(ada, room); owners(got) != 1 || got[0] != ada.ID+":MODERATOR" {
		t.Errorf("people %q, want one owner, and not the old one", got)
	}
}

func TestStore_Change_invited_and_declined_and_joined_at_once(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.account(), w.account()
	room := w.room("INVITATION", "Loom", ada)
	for range 10 {
		w.do(ada, invite, variables{"roomId": room, "userId": grace.ID})
		in := variables{"in": variables{"roomId": room}}
		atOnce(
			func() { w.rooms.Do(grace, mutation(joinRoom), in) },
			func() { w.rooms.Do(grace, mutation(decline), in) },
			func() { w.rooms.Do(grace, mutation(joinRoom), in) },
		)
		var got struct {
			Room        struct{ ViewerRole *string }
			Invitations struct{ TotalCount int }
		}
		w.rooms.Get(grace, `query($id: ID!) { room(id: $id) { viewerRole } invitations { totalCount } }`, variables{"id": room}, &got)
		if got.Invitations.TotalCount != 0 {
			t.Fatal("an invitation is left")
		}
		if got.Room.ViewerRole != nil {
			w.do(grace, leaveRoom, variables{"roomId": room})
		}
	}
}
