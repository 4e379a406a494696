package presence_test

import (
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/presence"
	presencegraph "heddle/subgraphs/presence/graph"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The real domains: rooms answers what presence asks the graph.
var (
	roomsDomain    = subgraph.Of("rooms", "", rooms.SDL, rooms.Open, roomsgraph.Bind)
	presenceDomain = subgraph.Of("presence", "", presence.SDL, presence.Open, presencegraph.Bind)
)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
)

type world struct {
	*subgraphtest.World
	t               *testing.T
	clock           *subgraphtest.Clock
	rooms, presence *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, clock: subgraphtest.NewClock()}
	w.rooms = w.Open(roomsDomain)
	w.Graph(w.rooms)
	w.Env.Now = w.clock.Now
	w.presence = w.Open(presenceDomain)
	return w
}

// room makes a room with its owner and the members in it.
func (w *world) room(owner person, members ...person) (id string) {
	w.t.Helper()
	var made struct {
		CreateRoom struct{ Room struct{ ID string } }
	}
	w.rooms.Get(owner, `mutation { createRoom(input: {title: "Loom"}) { room { id } } }`, nil, &made)
	for _, member := range members {
		w.change(member, `mutation($id: ID!) { joinRoom(input: {roomId: $id}) { room { id } } }`, made.CreateRoom.Room.ID)
	}
	return made.CreateRoom.Room.ID
}

// change does something to a room.
func (w *world) change(by person, operation, room string) {
	w.t.Helper()
	w.rooms.Get(by, operation, variables{"id": room}, &map[string]any{})
}
