package messages_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubscription_MessageCreated_two_processes(t *testing.T) {
	w := newWorld(t)
	here := w.messages
	w.Process()
	there := w.Open(messagesDomain)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	first, second := w.listen(here, ada, room), w.listen(there, grace, room)

	say(there, ada, room, "from there")
	say(here, grace, room, "from here")

	want := []string{"from there", "from here"}
	if diff := cmp.Diff(want, heard(first, 2)); diff != "" {
		t.Errorf("heard here (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, heard(second, 2)); diff != "" {
		t.Errorf("heard there (-want +got):\n%s", diff)
	}
}

func TestSubscription_MessageCreated_left_the_room(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	stream := w.listen(w.messages, grace, room)
	w.say(ada, room, "before")
	w.leave(room, grace)
	w.say(ada, room, "after")
	if diff := cmp.Diff([]string{"before"}, heard(stream, 1)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	stream.Ended()
}
