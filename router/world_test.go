package router_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"heddle/internal/trace"
	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
	"heddle/router/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const chatSDL = `
	extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
	type Query {
		hello: String!
		echo(text: String!): String!
		header(name: String!): String
		fails: String
		wait(name: String!): String
	}
	type Mutation { set(text: String!): String! }
	type Subscription { said(room: ID!): Saying! many(count: Int!): Saying! broken: Saying! }
	type Saying { text: String! author: Person! }
	type Person @key(fields: "id", resolvable: false) { id: ID! }`

const chatSchema = `
	type Query {
		hello: String!
		echo(text: String!): String!
		header(name: String!): String
		fails: String
		wait(name: String!): String
	}
	type Mutation { set(text: String!): String! }
	type Subscription { said(room: ID!): Saying! many(count: Int!): Saying! broken: Saying! }
	type Saying { text: String! author: Person! }
	type Person { id: ID! }`

const peopleSDL = `
	extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
	type Query { person(id: ID!): Person }
	type Person @key(fields: "id") { id: ID! name: String! }`

const peopleSchema = `
	scalar _Any
	union _Entity = Person
	type Query { person(id: ID!): Person _entities(representations: [_Any!]!): [_Entity]! }
	type Person { id: ID! name: String! }`

// world is a router over two subgraphs, and what the subgraphs noticed.
type world struct {
	t      *testing.T
	router *router.Router
	url    string // of the router, without a path

	subgraphs []compose.Subgraph
	fetchers  map[string]fetch.Fetcher

	opened chan string // a room, when its stream is opened in the subgraph
	closed chan string // and when it is closed
	waits  chan string // a name, when Query.wait is asked
	goOn   chan struct{}

	mu      sync.Mutex
	rooms   map[string][]listener
	lookups int // of people by representation
}

// newWorld starts a router with the options. The subgraphs are reached over
// HTTP and WebSocket.
func newWorld(t *testing.T, opts router.Options) *world {
	t.Helper()
	w := &world{
		t: t, rooms: map[string][]listener{},
		opened: make(chan string, 64), closed: make(chan string, 64), waits: make(chan string, 64), goOn: make(chan struct{}),
	}
	chat := w.start(newTiny(t, chatSchema, map[string]resolver{
		"Query.hello": func(context.Context, map[string]any) (any, error) { return "world", nil },
		"Query.echo":  func(_ context.Context, args map[string]any) (any, error) { return args["text"], nil },
		"Query.header": func(ctx context.Context, args map[string]any) (any, error) {
			return headerOf(ctx).Get(text(args, "name")), nil
		},
		"Query.fails":  func(context.Context, map[string]any) (any, error) { return nil, errors.New("it failed") },
		"Query.wait":   w.wait,
		"Mutation.set": func(_ context.Context, args map[string]any) (any, error) { return args["text"], nil },
	}, map[string]source{"said": w.said, "many": many, "broken": broken}))
	people := w.start(newTiny(t, peopleSchema, map[string]resolver{
		"Query.person":    func(_ context.Context, args map[string]any) (any, error) { return person(args["id"]), nil },
		"Query._entities": w.entities,
	}, nil))

	if opts.Limits.Subscriptions == 0 {
		opts.Limits.Subscriptions = -1 // all are at one address
	}
	if opts.Log == nil {
		opts.Log = slog.New(trace.Handler(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	}
	w.subgraphs = []compose.Subgraph{{Name: "chat", URL: chat, SDL: chatSDL}, {Name: "people", URL: people, SDL: peopleSDL}}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	t.Cleanup(client.CloseIdleConnections)
	w.fetchers = map[string]fetch.Fetcher{"chat": fetch.HTTP(chat, client), "people": fetch.HTTP(people, client)}
	var err error
	w.router, err = router.New(composed(t, w.subgraphs), w.fetchers, opts)
	if err != nil {
		t.Fatalf("make router: %v", err)
	}
	server := httptest.NewServer(w.router)
	t.Cleanup(func() {
		if err := w.router.Drain(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("drain: %v", err)
		}
		server.Close()
	})
	w.url = server.URL
	return w
}

// composed is the supergraph of the subgraphs.
func composed(t *testing.T, subgraphs []compose.Subgraph) string {
	t.Helper()
	super, err := compose.Compose(subgraphs)
	if err != nil {
		t.Fatalf("compose: %v", err)
	}
	return super.Supergraph
}

// start serves a subgraph and returns its URL.
func (w *world) start(s *tiny) string {
	endpoint := serve.New(s.walk, serve.Options{
		Log: slog.New(slog.DiscardHandler), ForwardHeaders: []string{"X-Request-Id", "X-Tenant", "X-Secret"},
	})
	server := httptest.NewServer(endpoint)
	w.t.Cleanup(func() {
		ctx := context.WithoutCancel(w.t.Context())
		if err := errors.Join(endpoint.Drain(ctx), s.hub.Wait(ctx)); err != nil {
			w.t.Errorf("drain subgraph: %v", err)
		}
		server.Close()
	})
	return server.URL + "/graphql"
}

func person(id any) object {
	return object{"__typename": "Person", "id": id, "name": "Person " + id.(string)}
}

func (w *world) entities(_ context.Context, args map[string]any) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []any
	for _, representation := range args["representations"].([]any) {
		w.lookups++
		found = append(found, person(representation.(object)["id"]))
	}
	return found, nil
}

func (w *world) wait(ctx context.Context, args map[string]any) (any, error) {
	w.waits <- text(args, "name")
	select {
	case <-w.goOn:
		return "went on", nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// listener is one open stream of a room.
type listener struct {
	words chan string   // closed to complete the stream
	gone  chan struct{} // closed when the stream is
}

// said is the stream of a room: what say puts into it.
func (w *world) said(ctx context.Context, args map[string]any, deliver func(any) error) error {
	room, l := text(args, "room"), listener{make(chan string, 16), make(chan struct{})}
	w.mu.Lock()
	w.rooms[room] = append(w.rooms[room], l)
	w.mu.Unlock()
	w.opened <- room
	defer func() { close(l.gone); w.closed <- room }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case words, more := <-l.words:
			if !more {
				return nil
			}
			if err := deliver(saying(words)); err != nil {
				return err
			}
		}
	}
}

func saying(words string) object {
	return object{"__typename": "Saying", "text": words, "author": object{"__typename": "Person", "id": "7"}}
}

// say puts words into every stream of the room.
func (w *world) say(room, words string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.rooms[room] {
		select {
		case l.words <- words:
		case <-l.gone:
		}
	}
}

// hush completes every stream of the room.
func (w *world) hush(room string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.rooms[room] {
		close(l.words)
	}
	delete(w.rooms, room)
}

func (w *world) looked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lookups
}

// many says the same thing count times and completes.
func many(_ context.Context, args map[string]any, deliver func(any) error) error {
	count, err := strconv.Atoi(text(args, "count"))
	if err != nil {
		return err
	}
	for range count {
		if err := deliver(saying("again")); err != nil {
			return err
		}
	}
	return nil
}

func broken(context.Context, map[string]any, func(any) error) error {
	return errors.New("the source is broken")
}
