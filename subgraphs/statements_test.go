package subgraphs_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/internal/trace"
	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
	"heddle/subgraphs"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// lobby is a question over all four domains.
const lobby = `query($first: Int!) { me { username roles } rooms(first: $first) { totalCount pageInfo { hasNextPage } edges { node {
	title viewerRole
	owner { username }
	participants(first: 2) { totalCount edges { node { role } } }
	messages(last: 2) { totalCount edges { node { text author { username } room { title } } } }
} } } }`

// TestAll_statements asks for 10 rooms and for 100, each with another owner and
// other people talking. It costs each store the same few statements.
func TestAll_statements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const most = 100
	viewer := w.person("viewer")
	for i := range most {
		owner := w.person(fmt.Sprintf("owner-%d", i))
		room := w.must(owner, `mutation { createRoom(input: {title: "Room"}) { room { id } } }`, nil)["createRoom"].(map[string]any)["room"].(map[string]any)["id"]
		w.must(viewer, `mutation($room: ID!) { joinRoom(input: {roomId: $room}) { room { id } } }`, subgraphtest.Variables{"room": room})
		for _, talker := range []subgraphtest.Person{owner, viewer, owner} {
			w.must(talker, `mutation($room: ID!) { createMessage(input: {roomId: $room, text: "Thread"}) { message { id } } }`, subgraphtest.Variables{"room": room})
		}
	}
	want := map[string]int{
		"auth":     1, // roles
		"users":    2, // me, owners; the authors are among them
		"rooms":    6, // rooms and their number, participants and theirs, whose messages the viewer may read, titles of messages' rooms
		"messages": 2, // messages and their numbers
	}
	for _, first := range []int{10, most} {
		w.begin(fmt.Sprintf("lobby-%d", first))
		answer := w.router.With(trace.Header, w.watched).Do(viewer, lobby, subgraphtest.Variables{"first": first})
		if len(answer.Errors) > 0 {
			t.Fatal(answer.Errors)
		}
		if diff := cmp.Diff(want, w.counts()); diff != "" {
			t.Errorf("statements for %d rooms (-want +got):\n%s%v", first, diff, w.said)
		}
	}
}

// world is all domains behind a router, in one process, on real stores.
type world struct {
	*subgraphtest.World
	t      *testing.T
	router *subgraphtest.Service
	// services are the domains, by their names.
	services map[string]*subgraphtest.Service
	// streams are those that the router has open at the domains.
	streams streams

	mu      sync.Mutex
	watched string   // the request id whose statements are counted
	said    []string // domain and statement
	counted map[string]int
}

// newWorld opens all domains; each of by may have one open with other settings.
func newWorld(t *testing.T, by ...func(w *world, domain string)) *world {
	t.Helper()
	w := &world{World: subgraphtest.New(t), t: t, services: map[string]*subgraphtest.Service{}, counted: map[string]int{}}
	w.Mongo()
	fetchers := map[string]fetch.Fetcher{}
	var sources []compose.Subgraph
	env := w.Env
	for _, domain := range subgraphs.All {
		w.Env = env
		w.Env.Postgres.Tracer = counter{w, domain.Name}
		for _, set := range by {
			set(w, domain.Name)
		}
		w.services[domain.Name] = w.Open(domain)
		fetchers[domain.Name] = &counted{Remote: fetch.HTTP(w.services[domain.Name].URL, http.DefaultClient), streams: &w.streams}
		sources = append(sources, compose.Subgraph{Name: domain.Name, URL: "http://" + domain.Name, SDL: domain.SDL})
	}
	w.Env = env
	super, err := compose.Compose(sources)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := router.New(super.Supergraph, fetchers, router.Options{Callers: w.Env.Callers})
	if err != nil {
		t.Fatal(err)
	}
	atRoot := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/graphql" // a world's services are asked at their root
		endpoint.ServeHTTP(rw, r)
	})
	w.AnswerWith(atRoot)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	w.router = w.Open(subgraph.Domain{Name: "router", Open: func(context.Context, subgraph.Env) (*subgraph.Server, error) {
		return &subgraph.Server{GraphQL: atRoot, Service: nothing{}}, nil
	}})
	return w
}

// nothing is a service that does nothing.
type nothing struct{}

func (nothing) Start(context.Context) error { return nil }
func (nothing) Stop(context.Context) error  { return nil }

// person makes somebody with a token and a record.
func (w *world) person(username string) subgraphtest.Person {
	w.t.Helper()
	p := w.Person()
	w.must(w.Service("auth"), `mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }`, subgraphtest.Variables{
		"input": map[string]any{"id": p.ID, "username": username, "email": username + "@heddle.example", "firstName": "F", "lastName": "L"},
	})
	return p
}

func (w *world) must(p subgraphtest.Person, operation string, variables subgraphtest.Variables) map[string]any {
	w.t.Helper()
	var data map[string]any
	w.router.Get(p, operation, variables, &data)
	return data
}

// begin counts the statements of the request with the id from now on.
func (w *world) begin(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched, w.said, w.counted = id, nil, map[string]int{}
}

func (w *world) counts() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counted
}

// counter sees the statements of one domain.
type counter struct {
	world  *world
	domain string
}

// TraceQueryStart is called by the driver.
func (c counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if c.world.watched != "" && trace.RequestID(ctx) == c.world.watched {
		c.world.counted[c.domain]++
		c.world.said = append(c.world.said, "\n"+c.domain+": "+data.SQL)
	}
	return ctx
}

// TraceQueryEnd is called by the driver.
func (c counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
