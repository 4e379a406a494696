package rooms_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/events"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/rooms"
)

const roomUpdated = `subscription($room: ID!) { roomUpdated(roomId: $room) { title } }`

// watch subscribes to a room, and returns once every change from then on will be heard.
func (w *world) watch(s *subgraphtest.Service, p person, room string) *subgraphtest.Stream {
	w.t.Helper()
	mark := w.Statements.Mark()
	stream := s.Subscribe(p, roomUpdated, variables{"room": room})
	w.Statements.Await(mark, "FROM rooms r", 1)
	return stream
}

func wantTitle(t *testing.T, s *subgraphtest.Stream, want string) {
	t.Helper()
	var got struct{ RoomUpdated struct{ Title string } }
	s.Get(&got)
	if got.RoomUpdated.Title != want {
		t.Errorf("heard of %q, want %q", got.RoomUpdated.Title, want)
	}
}

func TestSubscription_RoomUpdated_two_processes(t *testing.T) {
	w := newWorld(t)
	here := w.rooms
	w.Process()
	there := w.Open(roomsDomain)
	ada, grace := w.Person(), w.Person()
	room := w.room("OPEN", "Loom", ada, grace)
	first, second := w.watch(here, ada, room), w.watch(there, grace, room)
	w.do(ada, updateRoom, variables{"roomId": room, "title": "Wheel"})
	wantTitle(t, first, "Wheel")
	wantTitle(t, second, "Wheel")
}

func TestSubscription_RoomUpdated_ends(t *testing.T) {
	for _, c := range []struct {
		name    string
		how     func(w *world, ada, grace person, room string)
		survive bool // the others hear of it
	}{
		{"left", func(w *world, _, grace person, room string) { w.do(grace, leaveRoom, variables{"roomId": room}) }, true},
		{"removed", func(w *world, ada, grace person, room string) {
			w.do(ada, removeOther, variables{"roomId": room, "userId": grace.ID})
		}, true},
		{"deleted", func(w *world, ada, _ person, room string) { w.do(ada, deleteRoom, variables{"roomId": room}) }, false},
		{"the account is deleted", func(w *world, _, grace person, _ string) { w.Publish("user.deleted", grace.ID) }, true},
		{"left while Redis was away", func(w *world, _, grace person, room string) {
			w.Redis.Stop()
			w.do(grace, leaveRoom, variables{"roomId": room})
			w.Redis.Start()
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			ada, grace := w.Person(), w.Person()
			room := w.room("OPEN", "Loom", ada, grace)
			others, hers := w.watch(w.rooms, ada, room), w.watch(w.rooms, grace, room)
			c.how(w, ada, grace, room)
			hers.Ended()
			if c.survive {
				wantTitle(t, others, "Loom")
			} else {
				others.Ended()
			}
		})
	}
}

func TestSubscription_RoomUpdated_refused(t *testing.T) {
	w := newWorld(t)
	room := w.room("OPEN", "Loom", w.Person())
	for _, c := range []struct {
		name, room, code string
		by               person
	}{
		{"somebody outside", room, "FORBIDDEN", w.Person()},
		{"no such room", newID(), "NOT_FOUND", w.Person()},
		{"anonymous", room, "UNAUTHENTICATED", person{}},
		{"a service", room, "FORBIDDEN", w.Service("indexer")},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream := w.rooms.Subscribe(c.by, roomUpdated, variables{"room": c.room})
			a, ok := stream.Next()
			if !ok || len(a.Errors) != 1 || a.Errors[0].Code != c.code {
				t.Errorf("answer %s %+v, want %s", a.Data, a.Errors, c.code)
			}
			stream.Ended()
		})
	}
}

// A change is made, and answered, also while Redis is away.
func TestMutation_UpdateRoom_without_Redis(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	room := w.room("OPEN", "Loom", ada)
	stream := w.watch(w.rooms, ada, room)
	w.Redis.Stop()
	w.do(ada, updateRoom, variables{"roomId": room, "title": "Wheel"})
	a, _ := w.rooms.Subscribe(ada, roomUpdated, variables{"room": newID()}).Next()
	if len(a.Errors) != 1 || a.Errors[0].Code != "UNAVAILABLE" {
		t.Errorf("a subscription without Redis: %+v, want UNAVAILABLE", a.Errors)
	}
	w.Redis.Start()
	wantTitle(t, stream, "Wheel")
}

func TestEvents_user_deleted(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.account(), w.account()
	theirs, alone := w.room("OPEN", "Theirs", grace, ada), w.room("OPEN", "Alone", grace)
	w.do(ada, invite, variables{"roomId": w.room("INVITATION", "Hers", ada), "userId": grace.ID})
	stream := w.watch(w.rooms, ada, theirs)
	w.Publish("user.deleted", grace.ID)
	wantTitle(t, stream, "Theirs")
	if diff := cmp.Diff([]string{ada.ID + ":OWNER"}, w.people(ada, theirs)); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	a := w.rooms.Do(grace, `query($id: ID!) { room(id: $id) { id } invitations { totalCount } }`, variables{"id": alone})
	if want := `{"room":null,"invitations":{"totalCount":0}}`; string(a.Data) != want {
		t.Errorf("what is left of her: %s, want %s", a.Data, want)
	}
}

// An invitation is published once: inviting again changes nothing.
func TestEvents_room_invited(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.account(), w.account()
	room := w.room("INVITATION", "Hers", ada)
	for range 2 {
		w.do(ada, invite, variables{"roomId": room, "userId": grace.ID})
	}
	w.do(ada, deleteRoom, variables{"roomId": room}) // which is published after it
	js, err := jetstream.New(w.Env.NATS)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := js.OrderedConsumer(t.Context(), events.Stream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"events.room.>"}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for got["room.deleted "] == 0 {
		msg, err := reader.Next(jetstream.FetchMaxWait(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var e events.Event
		if err := json.Unmarshal(msg.Data(), &e); err != nil {
			t.Fatal(err)
		}
		data, err := events.Data[rooms.RoomInvited](e)
		if err != nil {
			t.Fatal(err)
		}
		if e.Entity == room {
			got[e.Type+" "+data.UserID+data.InviterID]++
		}
	}
	if diff := cmp.Diff(map[string]int{"room.invited " + grace.ID + ada.ID: 1, "room.deleted ": 1}, got); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}
