package presence_test

import (
	"testing"
	"time"

	"heddle/internal/subgraph/subgraphtest"
)

const goOnline = `mutation($room: ID, $device: String!) { goOnline(input: {roomId: $room, deviceId: $device}) { presence { status typing since user { id } } expiresAt heartbeatEvery } }`
const presenceChanged = `subscription($room: ID!) { presenceChanged(roomId: $room) { user { id } status typing since } }`

type change struct {
	User   struct{ ID string }
	Status string
	Typing bool
	Since  *string
}

func next(s *subgraphtest.Stream) change {
	var a struct{ PresenceChanged change }
	s.Get(&a)
	return a.PresenceChanged
}

func TestPresence_thin(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	var a any
	w.presence.Get(ada, goOnline, variables{"room": room, "device": "tab"}, &a)
	t.Log(a)
	s := w.presence.Subscribe(grace, presenceChanged, variables{"room": room})
	t.Log(next(s))
	w.presence.Get(ada, `mutation($room: ID!) { setTyping(input: {roomId: $room, deviceId: "tab", typing: true}) { presence { typing } } }`, variables{"room": room}, &a)
	t.Log(next(s))
	w.clock.Move(6 * time.Second)
	t.Log(next(s))
	w.clock.Move(30 * time.Second)
	t.Log(next(s))
	w.presence.Get(grace, `query($room: ID!) { _entities(representations: [{__typename: "Room", id: $room}]) { ... on Room { online { totalCount edges { node { status } } } } } }`, variables{"room": room}, &a)
	t.Log(a)
}
