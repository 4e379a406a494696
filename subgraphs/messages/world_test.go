package messages_test

import (
	"net/http"
	"strings"
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/messages"
	messagesgraph "heddle/subgraphs/messages/graph"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The real domains: rooms answers what messages asks the graph.
var (
	roomsDomain    = subgraph.Of("rooms", "", rooms.SDL, rooms.Open, roomsgraph.Bind)
	messagesDomain = subgraph.Of("messages", "", messages.SDL, messages.Open, messagesgraph.Bind)
)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

type world struct {
	*subgraphtest.World
	t               *testing.T
	rooms, messages *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t}
	w.rooms = w.Open(roomsDomain)
	w.Graph(w.rooms)
	w.messages = w.Open(messagesDomain)
	return w
}

// room makes a room with its owner and the members in it.
func (w *world) room(owner person, members ...person) (id string) {
	var made struct {
		CreateRoom struct{ Room struct{ ID string } }
	}
	w.rooms.Get(owner, `mutation { createRoom(input: {title: "Loom"}) { room { id } } }`, nil, &made)
	for _, member := range members {
		w.join(made.CreateRoom.Room.ID, member)
	}
	return made.CreateRoom.Room.ID
}

// change does something to a room.
func (w *world) change(by person, operation string, in variables) {
	w.t.Helper()
	w.rooms.Get(by, operation, in, &map[string]any{})
}

func (w *world) join(room string, p person) {
	w.t.Helper()
	w.change(p, `mutation($id: ID!) { joinRoom(input: {roomId: $id}) { room { id } } }`, variables{"id": room})
}

func (w *world) leave(room string, p person) {
	w.t.Helper()
	w.change(p, `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`, variables{"id": room})
}

const createMessage = `mutation($room: ID!, $text: String!, $key: String) {
	createMessage(input: {roomId: $room, text: $text, idempotencyKey: $key}) { message { id text author { id } room { id } createdAt } }
}`

// message is a message as clients see it.
type message struct {
	ID, Text     string
	Author, Room *struct{ ID string }
	CreatedAt    string
}

// say creates a message in the process that is given.
func say(s *subgraphtest.Service, p person, room, text string) (id string) {
	var made struct{ CreateMessage struct{ Message message } }
	s.Get(p, createMessage, variables{"room": room, "text": text}, &made)
	return made.CreateMessage.Message.ID
}

func (w *world) say(p person, room string, texts ...string) (ids []string) {
	for _, text := range texts {
		ids = append(ids, say(w.messages, p, room, text))
	}
	return ids
}

// remove deletes a message.
func (w *world) remove(p person, id string) {
	w.t.Helper()
	w.messages.Get(p, `mutation($id: ID!) { deleteMessage(input: {messageId: $id}) { deletedMessageId } }`, variables{"id": id}, &map[string]any{})
}

const roomMessages = `query($rooms: [_Any!]!, $first: Int, $after: String, $last: Int, $before: String) {
	_entities(representations: $rooms) { ... on Room {
		id messages(first: $first, after: $after, last: $last, before: $before) {
			edges { cursor node { id text author { id } room { id } } }
			pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
			totalCount
		}
	} }
}`

// list is a connection as clients see it.
type list struct {
	Edges []struct {
		Cursor string
		Node   message
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       string
	}
	TotalCount int
}

func (l list) texts() []string {
	texts := []string{}
	for _, edge := range l.Edges {
		texts = append(texts, edge.Node.Text)
	}
	return texts
}

type entities struct {
	Entities []*struct {
		ID       string
		Messages *list
	} `json:"_entities"`
}

func representations(kind string, ids ...string) []variables {
	all := []variables{}
	for _, id := range ids {
		all = append(all, variables{"__typename": kind, "id": id})
	}
	return all
}

// read reads a page of one room.
func (w *world) read(p person, room string, window variables) list {
	all := variables{"rooms": representations("Room", room)}
	for name, value := range window {
		all[name] = value
	}
	var got entities
	w.messages.Get(p, roomMessages, all, &got)
	return *got.Entities[0].Messages
}

// listen subscribes to a room, and returns once everything that is said from
// then on will be heard.
func (w *world) listen(s *subgraphtest.Service, p person, room string) *subgraphtest.Stream {
	answered := w.Answered()
	stream := s.Subscribe(p, `subscription($room: ID!) { messageCreated(roomId: $room) { id text author { id } } }`, variables{"room": room})
	w.AwaitAnswers(answered + 1) // that the person is in the room: the last thing before listening
	return stream
}

// heard gives the texts of the next messages.
func heard(s *subgraphtest.Stream, n int) []string {
	texts := []string{}
	for range n {
		var got struct{ MessageCreated message }
		s.Get(&got)
		texts = append(texts, got.MessageCreated.Text)
	}
	return texts
}

// since gives the statements after the mark that contain the text.
func (w *world) since(mark int, text string) (found []string) {
	for _, sql := range w.Statements.Since(mark) {
		if strings.Contains(sql, text) {
			found = append(found, sql)
		}
	}
	return found
}

// nothing answers like an endpoint that is not what it should be.
type nothing struct{}

func (nothing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusBadGateway)
}
