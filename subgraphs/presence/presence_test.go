package presence_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/subgraph/subgraphtest"
)

const (
	goOnline        = `mutation($room: ID, $device: String!) { goOnline(input: {roomId: $room, deviceId: $device}) { presence { status typing since user { id } room { id } } expiresAt heartbeatEvery } }`
	heartbeat       = `mutation($room: ID, $device: String!) { heartbeat(input: {roomId: $room, deviceId: $device}) { presence { status } expiresAt } }`
	goOffline       = `mutation($room: ID, $device: String!) { goOffline(input: {roomId: $room, deviceId: $device}) { presence { status } } }`
	setTyping       = `mutation($room: ID!, $device: String!, $typing: Boolean!) { setTyping(input: {roomId: $room, deviceId: $device, typing: $typing}) { presence { typing } expiresAt } }`
	presenceChanged = `subscription($room: ID!) { presenceChanged(roomId: $room) { user { id } status typing since } }`

	deviceFor = 30 * time.Second
	typingFor = 5 * time.Second
)

// does runs one of the mutations on a device.
func (w *world) does(s *subgraphtest.Service, by person, operation, room, device string) {
	w.t.Helper()
	in := variables{"device": device, "typing": true}
	if room != "" {
		in["room"] = room
	}
	s.Get(by, operation, in, &map[string]any{})
}

// watcher sees who is in a room.
type watcher struct {
	*subgraphtest.Stream
	t     *testing.T
	names map[string]string // of people, by id
}

func (w *world) watch(s *subgraphtest.Service, by person, room string, names map[string]string) *watcher {
	w.t.Helper()
	return &watcher{Stream: s.Subscribe(by, presenceChanged, variables{"room": room}), t: w.t, names: names}
}

// sees waits for changes such as "ada ONLINE" or "ada ONLINE typing".
func (v *watcher) sees(want ...string) {
	v.t.Helper()
	var got []string
	for range want {
		var a struct {
			PresenceChanged struct {
				User   struct{ ID string }
				Status string
				Typing bool
				Since  *string
			}
		}
		v.Get(&a)
		p := a.PresenceChanged
		said := v.names[p.User.ID] + " " + p.Status
		if p.Typing {
			said += " typing"
		}
		if (p.Since != nil) != (p.Status == "ONLINE") {
			said += " since " + fmt.Sprint(p.Since)
		}
		got = append(got, said)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		v.t.Errorf("seen (-want +got):\n%s", diff)
	}
}

// ready makes a room of ada and grace, whom it names.
func ready(t *testing.T) (w *world, ada, grace person, room string, names map[string]string) {
	t.Helper()
	w = newWorld(t)
	ada, grace = w.Person(), w.Person()
	return w, ada, grace, w.room(ada, grace), map[string]string{ada.ID: "ada", grace.ID: "grace"}
}

// Somebody is online for as long as one of their devices is, in whatever
// process they say so. Who begins to watch sees first who is there.
func TestPresence_devices(t *testing.T) {
	w, ada, grace, room, names := ready(t)
	here := w.presence
	w.Process()
	there := w.Open(presenceDomain)
	early := w.watch(there, grace, room, names)
	w.does(here, ada, goOnline, room, "laptop")
	early.sees("ada ONLINE")
	w.does(there, ada, goOnline, room, "phone|2") // changes nothing that others see
	w.clock.Move(time.Second)
	w.does(here, grace, goOnline, room, "tab")
	late := w.watch(here, ada, room, names)
	late.sees("ada ONLINE", "grace ONLINE")
	w.does(there, ada, goOffline, room, "laptop")
	w.does(there, ada, goOffline, room, "laptop") // again
	w.does(there, ada, goOffline, room, "phone|2")
	w.does(there, ada, goOnline, room, "laptop")
	w.does(here, ada, goOffline, "", "laptop")
	for _, v := range []*watcher{early, late} {
		if v == early {
			v.sees("grace ONLINE")
		}
		v.sees("ada OFFLINE", "ada ONLINE", "ada OFFLINE")
	}
}

// A device that is not heard of goes by itself, once, though two processes
// look. A heartbeat renews it, and brings it back.
func TestPresence_expires(t *testing.T) {
	w, ada, grace, room, names := ready(t)
	w.Open(presenceDomain)
	v := w.watch(w.presence, grace, room, names)
	w.does(w.presence, ada, goOnline, room, "laptop")
	w.does(w.presence, ada, goOnline, room, "phone")
	v.sees("ada ONLINE")
	w.clock.Move(deviceFor - time.Second)
	w.does(w.presence, ada, heartbeat, room, "laptop")
	w.clock.Move(deviceFor - time.Second)
	w.does(w.presence, ada, heartbeat, room, "laptop")
	if got := w.status(grace, ada); got != "ONLINE" {
		t.Errorf("after heartbeats ada is %s", got)
	}
	w.clock.Move(deviceFor)
	v.sees("ada OFFLINE")
	if got := w.status(grace, ada); got != "OFFLINE" {
		t.Errorf("without heartbeats ada is %s", got)
	}
	w.does(w.presence, ada, heartbeat, room, "laptop")
	w.does(w.presence, grace, goOnline, room, "tab")
	v.sees("ada ONLINE", "grace ONLINE")
}

// Writing ends by itself, when it is said to, and with the device.
func TestPresence_typing(t *testing.T) {
	w, ada, grace, room, names := ready(t)
	v := w.watch(w.presence, grace, room, names)
	w.does(w.presence, ada, setTyping, room, "laptop")
	v.sees("ada ONLINE typing")
	w.clock.Move(typingFor)
	v.sees("ada ONLINE")
	w.does(w.presence, ada, setTyping, room, "laptop")
	w.clock.Move(typingFor - time.Second)
	w.does(w.presence, ada, setTyping, room, "phone")
	w.clock.Move(time.Second)
	w.does(w.presence, grace, goOnline, room, "tab")
	v.sees("ada ONLINE typing", "grace ONLINE")
	w.presence.Get(ada, setTyping, variables{"room": room, "device": "phone", "typing": false}, &map[string]any{})
	v.sees("ada ONLINE")
	w.does(w.presence, ada, setTyping, room, "phone")
	v.sees("ada ONLINE typing")
	w.does(w.presence, ada, goOffline, room, "phone")
	v.sees("ada ONLINE")
	w.does(w.presence, ada, goOffline, "", "laptop")
	v.sees("ada OFFLINE")
}

// Who leaves the room is not in it any more, sees nothing of it any more, and
// cannot come back by a heartbeat.
func TestPresence_left(t *testing.T) {
	w, ada, grace, room, names := ready(t)
	w.does(w.presence, ada, goOnline, room, "laptop")
	theirs, others := w.watch(w.presence, ada, room, names), w.watch(w.presence, grace, room, names)
	theirs.sees("ada ONLINE")
	others.sees("ada ONLINE")
	w.change(ada, `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`, room)
	theirs.Ended()
	others.sees("ada OFFLINE")
	if p := w.presence.Refused(ada, heartbeat, variables{"room": room, "device": "laptop"}); p.Code != "FORBIDDEN" {
		t.Errorf("a heartbeat of somebody who has left: %+v", p)
	}
	w.change(grace, `mutation($id: ID!) { deleteRoom(input: {roomId: $id}) { deletedRoomId } }`, room)
	others.Ended()
}

// Accounts and rooms that are gone leave nothing.
func TestPresence_events(t *testing.T) {
	w, ada, grace, room, names := ready(t)
	other := w.room(ada, grace)
	for _, r := range []string{room, other} {
		w.does(w.presence, ada, setTyping, r, "laptop")
		w.does(w.presence, grace, goOnline, r, "tab")
	}
	w.does(w.presence, ada, goOnline, "", "watch")
	v, second := w.watch(w.presence, grace, room, names), w.watch(w.presence, grace, other, names)
	in := []string{"ada ONLINE typing", "grace ONLINE"}
	if ada.ID > grace.ID {
		in[0], in[1] = in[1], in[0]
	}
	v.sees(in...)
	second.sees(in...)
	w.Publish("user.deleted", ada.ID)
	v.sees("ada OFFLINE")
	second.sees("ada OFFLINE")
	w.Publish("room.deleted", other)
	second.sees("grace OFFLINE")
	for _, key := range w.Env.Redis.Keys(t.Context(), "*").Val() {
		if strings.Contains(key, ada.ID) {
			t.Errorf("%s is left of somebody who is gone", key)
		}
	}
	if got := w.status(grace, grace); got != "ONLINE" {
		t.Errorf("grace is %s", got)
	}
}

// What is published may be lost, and Redis too: who watches is shown what is
// otherwise than it was.
func TestPresence_Redis_lost(t *testing.T) {
	w, ada, grace, room, names := ready(t)
	w.does(w.presence, ada, goOnline, room, "laptop")
	w.does(w.presence, grace, goOnline, room, "tab")
	v := w.watch(w.presence, grace, room, names)
	in := []string{"ada ONLINE", "grace ONLINE"}
	if ada.ID > grace.ID {
		in[0], in[1] = in[1], in[0]
	}
	v.sees(in...)
	// A change of which nobody is told, and the next one.
	for _, statement := range [][]any{{"HDEL", "presence:room:" + room, ada.ID}, {"INCR", "presence:version:" + room}} {
		if err := w.Env.Redis.Do(context.Background(), statement...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	w.does(w.presence, grace, setTyping, room, "tab")
	v.sees("grace ONLINE typing", "ada OFFLINE")
	w.Redis.Stop()
	if p := w.presence.Refused(ada, heartbeat, variables{"room": room, "device": "laptop"}); p.Code != "UNAVAILABLE" {
		t.Errorf("without Redis: %+v", p)
	}
	w.Redis.Start()
	v.sees("grace OFFLINE")
	w.does(w.presence, grace, heartbeat, room, "tab")
	v.sees("grace ONLINE")
}

func TestPresence_refused(t *testing.T) {
	w, ada, former, room, _ := ready(t)
	w.change(former, `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`, room)
	admin := w.Person()
	admin.Token = w.Issuer.Token(admin.ID, map[string]any{"roles": []string{"ADMIN"}})
	for _, c := range []struct {
		name string
		by   person
		code string
	}{
		{"somebody outside", w.Person(), "FORBIDDEN"}, {"a former participant", former, "FORBIDDEN"}, {"an administrator", admin, "FORBIDDEN"},
		{"a service", w.Service("indexer"), "FORBIDDEN"}, {"nobody", person{}, "UNAUTHENTICATED"},
	} {
		for _, operation := range []string{goOnline, heartbeat, setTyping} {
			in := variables{"room": room, "device": "x"}
			if operation == setTyping {
				in["typing"] = true
			}
			if p := w.presence.Refused(c.by, operation, in); p.Code != c.code {
				t.Errorf("%s: %.40s gives %+v, want %s", c.name, operation, p, c.code)
			}
		}
		stream := w.presence.Subscribe(c.by, presenceChanged, variables{"room": room})
		if a, ok := stream.Next(); !ok || len(a.Errors) != 1 || a.Errors[0].Code != c.code {
			t.Errorf("%s hears %s %+v", c.name, a.Data, a.Errors)
		}
		if a := w.presence.Do(c.by, online, variables{"rooms": []variables{{"__typename": "Room", "id": room}}}); len(a.Errors) != 1 || a.Errors[0].Code != c.code {
			t.Errorf("%s reads %s %+v", c.name, a.Data, a.Errors)
		}
	}
	for _, device := range []string{"", strings.Repeat("é", 65), "a\x00b"} {
		if p := w.presence.Refused(ada, goOnline, variables{"device": device}); p.Code != "BAD_USER_INPUT" || p.Field != "deviceId" {
			t.Errorf("the device %q: %+v", device, p)
		}
	}
	if keys := w.Env.Redis.Keys(t.Context(), "presence:*").Val(); len(keys) != 0 {
		t.Errorf("Redis has the keys %q", keys)
	}
}

const online = `query($rooms: [_Any!]!, $first: Int, $after: String, $last: Int, $before: String) { _entities(representations: $rooms) { ... on Room {
	online(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { cursor node { user { id } status } } }
} } }`

// Pages of who is online, in the order in which they came.
func TestRoom_online(t *testing.T) {
	w := newWorld(t)
	owner := w.Person()
	var people []person
	for range 5 {
		people = append(people, w.Person())
	}
	room, other := w.room(owner, people...), w.room(people[0])
	for _, p := range people {
		w.does(w.presence, p, goOnline, room, "x")
		w.clock.Move(time.Second)
	}
	type list struct {
		Online *struct {
			TotalCount int
			PageInfo   struct {
				HasNextPage, HasPreviousPage bool
				StartCursor, EndCursor       string
			}
			Edges []struct {
				Node struct{ User struct{ ID string } }
			}
		}
	}
	read := func(more variables) list {
		t.Helper()
		in := variables{"rooms": []variables{{"__typename": "Room", "id": room}}}
		for name, value := range more {
			in[name] = value
		}
		var a struct {
			Entities []list `json:"_entities"`
		}
		w.presence.Get(owner, online, in, &a)
		return a.Entities[0]
	}
	ids := func(l list) (who []int) {
		for _, e := range l.Online.Edges {
			for i, p := range people {
				if p.ID == e.Node.User.ID {
					who = append(who, i)
				}
			}
		}
		return who
	}
	first := read(variables{"first": 2})
	if diff := cmp.Diff([]int{0, 1}, ids(first)); diff != "" || first.Online.TotalCount != 5 || !first.Online.PageInfo.HasNextPage {
		t.Errorf("the first page is %+v\n%s", first.Online, diff)
	}
	next := read(variables{"first": 2, "after": first.Online.PageInfo.EndCursor})
	if diff := cmp.Diff([]int{2, 3}, ids(next)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 1}, ids(read(variables{"last": 3, "before": next.Online.PageInfo.StartCursor}))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{3, 4}, ids(read(variables{"last": 2}))); diff != "" {
		t.Error(diff)
	}
	a := w.presence.Do(people[1], online, variables{"rooms": []variables{{"__typename": "Room", "id": room}, {"__typename": "Room", "id": other}}})
	if len(a.Errors) != 1 || a.Errors[0].Path != "_entities.1.online" || a.Errors[0].Code != "FORBIDDEN" || !strings.Contains(string(a.Data), `"totalCount":5`) {
		t.Errorf("two rooms, one of them another's: %s %+v", a.Data, a.Errors)
	}
}

// status asks whether somebody is online.
func (w *world) status(by, of person) string {
	w.t.Helper()
	var a struct {
		Entities []struct{ Status string } `json:"_entities"`
	}
	w.presence.Get(by, `query($user: ID!) { _entities(representations: [{__typename: "User", id: $user}]) { ... on User { status } } }`, variables{"user": of.ID}, &a)
	return a.Entities[0].Status
}
