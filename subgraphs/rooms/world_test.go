package rooms_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
	"heddle/subgraphs/users"
	usersgraph "heddle/subgraphs/users/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The real domains: users answers what rooms asks the graph.
var (
	roomsDomain = subgraph.Of("rooms", "", rooms.SDL, rooms.Open, roomsgraph.Bind)
	usersDomain = subgraph.Of("users", "", users.SDL, users.Open, usersgraph.Bind)
)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

type world struct {
	*subgraphtest.World
	t     *testing.T
	rooms *subgraphtest.Service
	users *subgraphtest.Service // opened by account
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t}
	w.rooms = w.Open(roomsDomain)
	return w
}

// account makes a person with an account, whom others can invite.
func (w *world) account() person {
	w.t.Helper()
	if w.users == nil {
		w.users = w.Open(usersDomain)
		w.Graph(w.users)
	}
	p := w.Person()
	name := "u" + strings.ReplaceAll(p.ID, "-", "")[12:]
	w.users.Get(w.Service("auth"), `mutation($in: CreateUserInput!) { createUser(input: $in) { user { id } } }`,
		variables{"in": variables{"id": p.ID, "username": name, "email": name + "@heddle.example", "firstName": "A", "lastName": "B"}}, &map[string]any{})
	return p
}

// do changes something, which must succeed.
func (w *world) do(by person, field string, in variables) {
	w.t.Helper()
	w.rooms.Get(by, mutation(field), variables{"in": in}, &map[string]any{})
}

// mutation is the operation of one field of Mutation: "joinRoom { room { id } }".
func mutation(field string) string {
	name, selection, _ := strings.Cut(field, " ")
	return `mutation($in: ` + strings.ToUpper(name[:1]) + name[1:] + `Input!) { ` + name + `(input: $in) ` + selection + ` }`
}

// The mutations, with what tests look at.
const (
	createRoom  = `createRoom { room { id title visibility viewerRole owner { id } } }`
	updateRoom  = `updateRoom { room { title visibility viewerRole } }`
	deleteRoom  = `deleteRoom { deletedRoomId }`
	joinRoom    = `joinRoom { room { viewerRole } }`
	leaveRoom   = `leaveRoom { room { owner { id } viewerRole } }`
	invite      = `inviteToRoom { invitation { user { id } invitedBy { id } room { id } } }`
	decline     = `declineInvitation { declinedRoomId }`
	changeRole  = `changeParticipantRole { room { owner { id } viewerRole } }`
	removeOther = `removeParticipant { room { viewerRole } }`
)

// room makes a room with its owner and the members in it.
func (w *world) room(visibility, title string, owner person, members ...person) (id string) {
	w.t.Helper()
	var made struct {
		CreateRoom struct{ Room struct{ ID string } }
	}
	w.rooms.Get(owner, mutation(createRoom), variables{"in": variables{"title": title, "visibility": visibility}}, &made)
	for _, member := range members {
		w.do(member, joinRoom, variables{"roomId": made.CreateRoom.Room.ID})
	}
	return made.CreateRoom.Room.ID
}

// people reads who is in a room, as "id:ROLE" in the order in which they joined.
func (w *world) people(by person, room string) []string {
	w.t.Helper()
	var got struct {
		Room struct {
			Participants struct {
				Edges []struct {
					Node struct {
						User struct{ ID string }
						Role string
					}
				}
			}
		}
	}
	w.rooms.Get(by, `query($id: ID!) { room(id: $id) { participants(first: 100) { edges { node { user { id } role } } } } }`, variables{"id": room}, &got)
	people := []string{}
	for _, edge := range got.Room.Participants.Edges {
		people = append(people, edge.Node.User.ID+":"+edge.Node.Role)
	}
	return people
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
