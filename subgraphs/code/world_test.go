package code_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/internal/yjs"
	"heddle/subgraphs/code"
	codegraph "heddle/subgraphs/code/graph"
	"heddle/subgraphs/collaboration"
	collaborationgraph "heddle/subgraphs/collaboration/graph"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The real domains: rooms and collaboration answer what code asks the graph.
var (
	roomsDomain         = subgraph.Of("rooms", "", rooms.SDL, rooms.Open, roomsgraph.Bind)
	collaborationDomain = subgraph.Of("collaboration", "", collaboration.SDL, collaboration.Open, collaborationgraph.Bind)
	codeDomain          = subgraph.Of("code", "", code.SDL, code.Open, codegraph.Bind)
)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
)

type world struct {
	*subgraphtest.World
	t                 *testing.T
	clock             *subgraphtest.Clock
	rooms, live, code *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, clock: subgraphtest.NewClock()}
	w.rooms = w.Open(roomsDomain)
	w.Env.Now = w.clock.Now
	w.live = w.Open(collaborationDomain)
	w.AnswerWith(w.graph())
	w.code = w.Open(codeDomain)
	return w
}

// graph answers what domains ask: each question is one of rooms or of
// collaboration alone.
func (w *world) graph() http.Handler {
	proxy := func(s *subgraphtest.Service) http.Handler {
		at, err := url.Parse(s.URL)
		if err != nil {
			w.t.Fatal(err)
		}
		return httputil.NewSingleHostReverseProxy(at)
	}
	rooms, live := proxy(w.rooms), proxy(w.live)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		if bytes.Contains(text, []byte("roomsByIds")) {
			rooms.ServeHTTP(rw, r)
			return
		}
		live.ServeHTTP(rw, r)
	})
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

// write makes the texts of a room read as given.
func (w *world) write(by person, room string, texts map[string]string) {
	w.t.Helper()
	var in []variables
	for name, content := range texts {
		in = append(in, variables{"name": name, "content": content})
	}
	w.live.Get(by, `mutation($room: ID!, $texts: [CodeTextInput!]!) { replaceCode(input: {roomId: $room, texts: $texts}) { document { number } } }`,
		variables{"room": room, "texts": in}, &map[string]any{})
}

// now is what the texts of a room read.
func (w *world) now(by person, room string) map[string]string {
	w.t.Helper()
	var a struct{ CodeDocument struct{ State []byte } }
	w.live.Get(by, `query($room: ID!) { codeDocument(roomId: $room) { state } }`, variables{"room": room}, &a)
	return textsOf(w.t, a.CodeDocument.State)
}

func textsOf(t *testing.T, state []byte) map[string]string {
	t.Helper()
	doc, err := yjs.Load(state)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range doc.Texts() {
		texts[name] = doc.Text(name)
	}
	return texts
}

const snapshotFields = `{ id number kind label restored createdAt author { id } room { id } texts { name content } state }`

// snapshot is one as clients see it.
type snapshot struct {
	ID        string
	Number    int
	Kind      string
	Label     *string
	Restored  *int
	CreatedAt string
	Author    *struct{ ID string }
	Room      struct{ ID string }
	Texts     []struct{ Name, Content string }
	State     []byte
}

const (
	saveSnapshot    = `mutation($room: ID!, $label: String, $key: String) { saveSnapshot(input: {roomId: $room, label: $label, idempotencyKey: $key}) { snapshot ` + snapshotFields + ` } }`
	restoreSnapshot = `mutation($room: ID!, $number: Int!, $key: String) { restoreSnapshot(input: {roomId: $room, number: $number, idempotencyKey: $key}) { snapshot ` + snapshotFields + ` } }`
	readSnapshot    = `query($room: ID!, $number: Int!) { codeSnapshot(roomId: $room, number: $number) ` + snapshotFields + ` }`
	codeDiff        = `query($room: ID!, $from: Int!, $to: Int!, $context: Int! = 3) { codeDiff(roomId: $room, from: $from, to: $to, context: $context) {
		from to unified texts { name change insertions deletions unified hunks { fromLine fromCount toLine toCount lines { kind content } } }
	} }`
	readRooms = `query($rooms: [_Any!]!, $first: Int, $after: String, $last: Int, $before: String) { _entities(representations: $rooms) { ... on Room {
		snapshots(first: $first, after: $after, last: $last, before: $before) {
			edges { cursor node { number texts { content } diff { unified } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
		}
		latestSnapshot { number }
	} } }`
)

func (w *world) save(by person, room string, more variables) snapshot {
	w.t.Helper()
	in := variables{"room": room}
	for name, value := range more {
		in[name] = value
	}
	var a struct{ SaveSnapshot struct{ Snapshot snapshot } }
	w.code.Get(by, saveSnapshot, in, &a)
	return a.SaveSnapshot.Snapshot
}

// lose empties every table of a domain's database but those of its migrations.
func (w *world) lose(database string) {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), database)
	if err != nil {
		w.t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(w.t.Context(), `TRUNCATE documents, updates`); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Env.Redis.FlushAll(w.t.Context()).Err(); err != nil {
		w.t.Fatal(err)
	}
}
