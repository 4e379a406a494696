package execute_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/memory"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

const linked = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@authenticated"])
`

// chat is a graph with a subscription: messages stream from one subgraph, their
// authors' names come from another.
type chat struct {
	graph  *execute.Graph
	asked  atomic.Int64 // how often users was asked
	header http.Header  // what messages was subscribed with
	query  string
}

func newChat(t *testing.T) *chat {
	t.Helper()
	c := &chat{}
	data := map[string]map[string]any{
		"Query": {}, "u1": {"__typename": "User", "id": "1", "name": "Ada"}, "u2": {"__typename": "User", "id": "2", "name": "Grace"},
	}
	usersSDL := linked + `type Query { nobody: User } type User @key(fields: "id") { id: ID! name: String! }`
	users, err := memory.Subgraph(usersSDL, data)
	if err != nil {
		t.Fatal(err)
	}
	messagesSDL := linked + `type Query { none: Int }
		type Subscription { posted(room: ID!): Message! secret: Message @authenticated }
		type Message { id: ID! text: String author: User }
		type User @key(fields: "id", resolvable: false) { id: ID! }`
	composed, err := compose.Compose([]compose.Subgraph{{Name: "users", SDL: usersSDL, URL: "u"}, {Name: "messages", SDL: messagesSDL, URL: "m"}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	c.graph, err = execute.New(super, map[string]fetch.Fetcher{
		"messages": fetch.InProcess(http.HandlerFunc(c.stream)),
		"users": fetch.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.asked.Add(1)
			users.ServeHTTP(w, r)
		})),
	}, execute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *chat) stream(w http.ResponseWriter, r *http.Request) {
	c.header = r.Header
	var request memory.Request
	_ = json.NewDecoder(r.Body).Decode(&request)
	c.query = fmt.Sprint(request.Query, " ", request.Variables)
	w.Header().Set("Content-Type", "text/event-stream")
	for _, event := range []string{
		`{"data":{"posted":{"id":"m1","text":"Hello","author":{"__typename":"User","id":"1"}}}}`,
		`{"data":{"posted":{"id":"m2","text":null,"author":{"__typename":"User","id":"2"}}},"errors":[{"message":"no text","path":["posted","text"],"extensions":{"code":"NOT_FOUND","stack":"secret"}}]}`,
		`{"data":null,"errors":[{"message":"Sign in first.","path":["posted"],"extensions":{"code":"UNAUTHENTICATED"}}]}`,
	} {
		fmt.Fprintf(w, "event: next\ndata: %s\n\n", event)
	}
	fmt.Fprint(w, "event: complete\n\n")
}

// listen collects the responses of a subscription.
func (c *chat) listen(ctx context.Context, query string) ([]string, error) {
	p, err := c.graph.Prepare(ctx, operation.Request{Query: query})
	if err != nil {
		return nil, err
	}
	header := http.Header{"Authorization": {"Bearer a"}}
	var got []string
	err = c.graph.Source(ctx, p, header, nil, func() {}, func(event []byte) error {
		body, err := c.graph.Event(ctx, p, header, event)
		got = append(got, string(body))
		return err
	})
	return got, err
}

func TestSource_completes_each_event_once(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	got, err := c.listen(context.Background(), `subscription { posted(room: "r") { id text author { name } } }`)
	want := []string{
		`{"data":{"posted":{"id":"m1","text":"Hello","author":{"name":"Ada"}}}}`,
		`{"data":{"posted":{"id":"m2","text":null,"author":{"name":"Grace"}}},"errors":[{"message":"no text","path":["posted","text"],"extensions":{"code":"NOT_FOUND"}}]}`,
		`{"data":null,"errors":[{"message":"Sign in first.","path":["posted"],"extensions":{"code":"UNAUTHENTICATED"}}]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, events (-want +got):\n%s", err, diff)
	}
	if n := c.asked.Load(); n != 2 {
		t.Errorf("users was asked %d times, want once per event with an author", n)
	}
	if c.header.Get("Authorization") != "Bearer a" || !strings.Contains(c.query, "map[v0:r]") {
		t.Errorf("subscribed with %v and %s", c.header, c.query)
	}
}

func TestSource_of_a_denied_field_asks_nobody(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	got, err := c.listen(context.Background(), `subscription { secret { id } }`)
	want := []string{`{"data":{"secret":null},"errors":[{"message":"Subscription.secret is for signed-in callers: send an access token.","path":["secret"],"extensions":{"code":"UNAUTHENTICATED"}}]}`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, events (-want +got):\n%s", err, diff)
	}
	if c.header != nil {
		t.Error("the subgraph was asked")
	}
}

func TestExplain_prints_the_source_of_a_subscription(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	p, err := c.graph.Prepare(caller.With(context.Background(), caller.Caller{ID: "a"}), operation.Request{Query: `subscription($r: ID!) { posted(room: $r) { text author { name } } }`, Variables: []byte(`{"r":"1"}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := "subscribe messages  { posted(room: $v0) { author { id } text } }\n" +
		"fetch users  for posted.author by User.id  { name }\n"
	if diff := cmp.Diff(want, c.graph.Explain(p)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// TestExecute_stops_when_the_client_leaves: the subgraph's request ends, too.
func TestExecute_stops_when_the_client_leaves(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1<<10))
		close(began)
		<-r.Context().Done()
		close(ended)
	}))
	defer server.Close()
	sdl := `type Query { me: String }`
	composed, err := compose.Compose([]compose.Subgraph{{Name: "one", SDL: sdl, URL: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	g, err := execute.New(super, map[string]fetch.Fetcher{"one": fetch.HTTP(server.URL, server.Client())}, execute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, err := g.Prepare(ctx, operation.Request{Query: "{ me }"})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-began
		cancel()
	}()
	if _, err := g.Execute(ctx, p, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-ended
}
