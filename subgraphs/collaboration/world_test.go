package collaboration_test

import (
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/collaboration"
	collaborationgraph "heddle/subgraphs/collaboration/graph"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The real domains: rooms answers what collaboration asks the graph.
var (
	roomsDomain         = subgraph.Of("rooms", "", rooms.SDL, rooms.Open, roomsgraph.Bind)
	collaborationDomain = subgraph.Of("collaboration", "", collaboration.SDL, collaboration.Open, collaborationgraph.Bind)
)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

type world struct {
	*subgraphtest.World
	t           *testing.T
	rooms, code *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t}
	w.rooms = w.Open(roomsDomain)
	w.Graph(w.rooms)
	w.code = w.Open(collaborationDomain)
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

func (w *world) leave(room string, p person) {
	w.t.Helper()
	w.change(p, `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`, room)
}

const apply = `mutation($room: ID!, $update: Bytes!, $client: String) {
	applyCodeUpdate(input: {roomId: $room, update: $update, clientId: $client}) { number document { roomId number texts { name content } } }
}`

const document = `query($room: ID!) { codeDocument(roomId: $room) { number state stateVector texts { name content } updatedAt text(name: "main") { content } } }`

// code is a document as clients see it.
type code struct {
	Number             int
	State, StateVector []byte
	Texts              []struct{ Name, Content string }
	UpdatedAt          *string
	Text               struct{ Content string }
}

func (w *world) read(s *subgraphtest.Service, p person, room string) code {
	w.t.Helper()
	var a struct{ CodeDocument code }
	s.Get(p, document, variables{"room": room}, &a)
	return a.CodeDocument
}

const codeUpdated = `subscription($room: ID!, $vector: Bytes, $client: String) {
	codeUpdated(roomId: $room, stateVector: $vector, clientId: $client) { number update catchUp author { id } clientId }
}`

// update is what a subscription hears.
type update struct {
	Number   int
	Update   []byte
	CatchUp  bool
	Author   *struct{ ID string }
	ClientID *string
}

func next(s *subgraphtest.Stream) update {
	var a struct{ CodeUpdated update }
	s.Get(&a)
	return a.CodeUpdated
}
