package collaboration_test

import (
	"fmt"
	"maps"
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/internal/yjs"
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
	clock       *subgraphtest.Clock
	rooms, code *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, clock: subgraphtest.NewClock()}
	w.rooms = w.Open(roomsDomain)
	w.Graph(w.rooms)
	w.Env.Now = w.clock.Now
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

// writer writes texts of a room, as one client.
type writer struct {
	w      *world
	by     person
	room   string
	client uint64
	doc    *yjs.Doc
}

func (w *world) writer(by person, room string, client uint64) *writer {
	return &writer{w: w, by: by, room: room, client: client, doc: yjs.New()}
}

// write makes the text main read as given, sends that, and returns its number.
func (e *writer) write(s *subgraphtest.Service, text string) int {
	e.w.t.Helper()
	return e.send(s, e.doc.Replace(e.client, map[string]string{"main": text}))
}

func (e *writer) send(s *subgraphtest.Service, data []byte) int {
	e.w.t.Helper()
	var a struct{ ApplyCodeUpdate struct{ Number int } }
	s.Get(e.by, apply, variables{"room": e.room, "update": data, "client": fmt.Sprint(e.client)}, &a)
	return a.ApplyCodeUpdate.Number
}

// reader follows a room, and reads what it hears.
type reader struct {
	*subgraphtest.Stream
	t   *testing.T
	doc *yjs.Doc
}

func (w *world) follow(s *subgraphtest.Service, by person, room string, more variables) *reader {
	w.t.Helper()
	in := variables{"room": room}
	maps.Copy(in, more)
	return &reader{Stream: s.Subscribe(by, codeUpdated, in), t: w.t, doc: yjs.New()}
}

// hear waits for the next update.
func (r *reader) hear() update {
	r.t.Helper()
	u := next(r.Stream)
	read, err := yjs.ReadUpdate(u.Update)
	if err != nil {
		r.t.Fatal(err)
	}
	r.doc.Apply(read)
	return u
}

// reads waits for an update with the number, and checks what the text main
// reads then.
func (r *reader) reads(number int, text string) {
	r.t.Helper()
	u := r.hear()
	if got := r.doc.Text("main"); u.Number != number || got != text {
		r.t.Errorf("after update %d the text is %q, want %q after %d", u.Number, got, text, number)
	}
}
