package messages_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/messages"
)

func wantHeard(t *testing.T, s *subgraphtest.Stream, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, heard(s, len(want))); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

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

	wantHeard(t, first, "from there", "from here")
	wantHeard(t, second, "from there", "from here")
}

func TestSubscription_MessageCreated_ends(t *testing.T) {
	for _, c := range []struct {
		name string
		how  func(w *world, owner, member person, room string)
	}{
		{"left", func(w *world, _, member person, room string) { w.leave(room, member) }},
		{"removed", func(w *world, owner, member person, room string) {
			w.change(owner, `mutation($room: ID!, $user: ID!) { removeParticipant(input: {roomId: $room, userId: $user}) { room { id } } }`,
				variables{"room": room, "user": member.ID})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			owner, member := w.Person(), w.Person()
			room := w.room(owner, member)
			theirs, others := w.listen(w.messages, member, room), w.listen(w.messages, owner, room)
			w.say(owner, room, "before")
			c.how(w, owner, member, room)
			w.say(owner, room, "after")
			wantHeard(t, theirs, "before")
			theirs.Ended()
			wantHeard(t, others, "before", "after")
		})
	}
	t.Run("deleted", func(t *testing.T) {
		w := newWorld(t)
		owner := w.Person()
		room := w.room(owner)
		stream := w.listen(w.messages, owner, room)
		w.change(owner, `mutation($room: ID!) { deleteRoom(input: {roomId: $room}) { deletedRoomId } }`, variables{"room": room})
		stream.Ended()
	})
}

func TestSubscription_MessageCreated_refused(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	for _, c := range []struct {
		name, room, code string
		by               person
	}{
		{"somebody outside", room, "FORBIDDEN", w.Person()},
		{"no such room", newID(), "NOT_FOUND", ada},
		{"anonymous", room, "UNAUTHENTICATED", person{}},
		{"a service", room, "FORBIDDEN", w.Service("indexer")},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream := w.messages.Subscribe(c.by, `subscription($room: ID!) { messageCreated(roomId: $room) { id } }`, variables{"room": c.room})
			a, ok := stream.Next()
			if !ok || len(a.Errors) != 1 || a.Errors[0].Code != c.code {
				t.Errorf("answer %s %+v, want %s", a.Data, a.Errors, c.code)
			}
			stream.Ended()
		})
	}
}

// What is published may come twice, out of order, or not at all.
func TestSubscription_MessageCreated_once_and_in_order(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	store := openStore(t, w.World)
	stream := w.listen(w.messages, ada, room)
	var kept []*messages.Message
	for n := range 4 {
		kept = append(kept, create(t, store, room, ada.ID, fmt.Sprint(n+1))) // told to nobody yet
	}
	for _, n := range []int{2, 1, 2, 4, 3} {
		w.tell(room, messages.Happening{Number: kept[n-1].Number, Message: kept[n-1]})
	}
	w.say(ada, room, "5")
	wantHeard(t, stream, "1", "2", "3", "4", "5")
}

func TestSubscription_MessageCreated_deleted_before_it_was_told(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room(ada)
	store := openStore(t, w.World)
	stream := w.listen(w.messages, ada, room)
	m := create(t, store, room, ada.ID, "oops")
	w.remove(ada, m.ID)
	w.tell(room, messages.Happening{Number: m.Number, Message: m})
	w.say(ada, room, "better")
	wantHeard(t, stream, "better")
}

func TestSubscription_MessageDeleted(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	ids := w.say(grace, room, "one", "two")
	answered := w.Answered()
	stream := w.messages.Subscribe(ada, `subscription($room: ID!) { messageDeleted(roomId: $room) { deletedMessageId room { id } } }`, variables{"room": room})
	w.AwaitAnswers(answered + 1)
	w.say(grace, room, "three")
	for _, id := range ids {
		w.remove(grace, id)
	}
	for _, id := range ids {
		var got struct {
			MessageDeleted struct {
				DeletedMessageID string
				Room             struct{ ID string }
			}
		}
		stream.Get(&got)
		if got.MessageDeleted.DeletedMessageID != id || got.MessageDeleted.Room.ID != room {
			t.Errorf("heard %+v, want the deletion of %s", got, id)
		}
	}
}

// While Redis is away messages are taken; those who listen get them when it is
// back, each once.
func TestSubscription_MessageCreated_Redis_restarts(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	stream := w.listen(w.messages, grace, room)
	w.say(ada, room, "1")
	wantHeard(t, stream, "1")
	w.Redis.Stop()
	w.say(ada, room, "2", "3")
	answered := w.Answered()
	w.Redis.Start()
	w.AwaitAnswers(answered + 1) // that grace is still in the room
	w.say(ada, room, "4")
	wantHeard(t, stream, "2", "3", "4")
}

func TestSubscription_MessageCreated_left_while_Redis_was_away(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	stream := w.listen(w.messages, grace, room)
	w.Redis.Stop()
	w.leave(room, grace)
	w.say(ada, room, "secret")
	w.Redis.Start()
	stream.Ended()
}

// tell publishes what happened, as another process would.
func (w *world) tell(room string, h messages.Happening) {
	w.t.Helper()
	payload, err := json.Marshal(h)
	if err == nil {
		err = w.Env.Redis.Publish(w.t.Context(), "messages."+room, payload).Err()
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
