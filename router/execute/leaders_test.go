package execute_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"heddle/internal/caller"
	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// whoGraph is a graph whose one field says who the subgraph takes the caller for.
func whoGraph(t *testing.T, f fetch.Fetcher) (*execute.Graph, *execute.Prepared) {
	t.Helper()
	composed, err := compose.Compose([]compose.Subgraph{{Name: "who", URL: "http://who.test", SDL: `type Query { who: String }`}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	g, err := execute.New(super, map[string]fetch.Fetcher{"who": f}, execute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Prepare(context.Background(), operation.Request{Query: `{ who }`})
	if err != nil {
		t.Fatal(err)
	}
	return g, p
}

// reaches are the ways to a subgraph.
var reaches = map[string]func(t *testing.T, h http.Handler) fetch.Fetcher{
	"in process": func(_ *testing.T, h http.Handler) fetch.Fetcher { return fetch.InProcess(h) },
	"HTTP/1.1":   func(t *testing.T, h http.Handler) fetch.Fetcher { return served(t, h, "http") },
	"HTTP/2":     func(t *testing.T, h http.Handler) fetch.Fetcher { return served(t, h, "h2c") },
}

func served(t *testing.T, h http.Handler, scheme string) fetch.Fetcher {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(scheme == "http")
	server.Config.Protocols.SetUnencryptedHTTP2(scheme == "h2c")
	server.Start()
	t.Cleanup(server.Close)
	remote := fetch.HTTP(scheme+strings.TrimPrefix(server.URL, "http"), &http.Client{Transport: &http.Transport{}})
	t.Cleanup(func() { _ = remote.Close() })
	return remote
}

func answerWho(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	fmt.Fprintf(w, `{"data":{"who":%q}}`, r.Header.Get("Authorization")+r.Header.Get("X-Tenant"))
}

// The subgraph hears that nobody waits any more, and not before.
func TestCancel_reaches_the_subgraph_when_the_last_one_leaves(t *testing.T) {
	t.Parallel()
	for name, reach := range reaches {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, cancelled := make(chan context.Context, 1), make(chan struct{})
			g, p := whoGraph(t, reach(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				asked <- r.Context()
				<-r.Context().Done()
				close(cancelled)
			})))
			leave, left := make([]context.CancelFunc, 3), make([]chan error, 3)
			for i := range leave {
				var ctx context.Context
				ctx, leave[i] = context.WithCancel(context.Background())
				left[i] = make(chan error, 1)
				go func() { _, err := g.Execute(ctx, p, http.Header{"Authorization": {"a"}}); left[i] <- err }()
			}
			request := <-asked
			for g.Waiting() < len(leave) {
				runtime.Gosched()
			}
			for i := range leave {
				if request.Err() != nil {
					t.Errorf("the request was cancelled with %d left to wait for it", len(leave)-i)
				}
				leave[i]()
				if err := <-left[i]; !errors.Is(err, context.Canceled) {
					t.Errorf("who left got %v", err)
				}
			}
			<-cancelled
		})
	}
}

// Many ask the same at once, for several people, and leave at random before
// there is an answer, those who asked first among them. Nobody else notices.
func TestLeaders_may_leave(t *testing.T) {
	t.Parallel()
	for name, reach := range reaches {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const people, each, rounds = 4, 12, 30
			arrived, goOn := make(chan string, people*each*rounds), make(chan chan struct{}, people*each*rounds)
			g, p := whoGraph(t, reach(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				arrived <- r.Header.Get("X-Request-Id")
				select {
				case gate := <-goOn:
					<-gate
				case <-r.Context().Done():
				}
				answerWho(w, r)
			})))
			random, leadersLeft := rand.New(rand.NewPCG(1, 2)), 0
			for round := range rounds {
				if round > 0 {
					for g.Waiting() > 0 {
						runtime.Gosched()
					}
				}
				leadersLeft += leadersRound(t, g, p, random, people, each, arrived, goOn)
			}
			if leadersLeft == 0 {
				t.Error("no leader ever left")
			}
		})
	}
}

// leadersRound is one round. It tells how many of those left who had asked first.
func leadersRound(t *testing.T, g *execute.Graph, p *execute.Prepared, random *rand.Rand, people, each int, arrived <-chan string, goOn chan<- chan struct{}) int {
	t.Helper()
	type one struct {
		id, who string
		leave   context.CancelFunc
		leaves  bool
		done    chan error
	}
	all := make([]*one, 0, people*each)
	for person := range people {
		for i := range each {
			ctx, cancel := context.WithCancel(context.Background())
			o := &one{id: fmt.Sprintf("%d-%d", person, i), who: fmt.Sprintf("Bearer %d", person), leave: cancel, done: make(chan error, 1)}
			o.leaves = i > 0 && random.IntN(2) == 0 || i == 0 && random.IntN(4) > 0
			all = append(all, o)
			go func() {
				body, err := g.Execute(ctx, p, http.Header{"Authorization": {o.who}, "X-Request-Id": {o.id}})
				if want := fmt.Sprintf(`{"data":{"who":%q}}`, o.who); err == nil && string(body) != want {
					err = fmt.Errorf("%s got %s", o.who, body)
				}
				o.done <- err
			}()
		}
	}
	first := map[string]bool{}
	for range people { // one request each, whoever asked first
		first[<-arrived] = true
	}
	for g.Waiting() < len(all) {
		runtime.Gosched()
	}
	leadersLeft := 0
	for _, o := range all {
		if o.leaves {
			o.leave()
			if err := <-o.done; !errors.Is(err, context.Canceled) {
				t.Errorf("who left got %v", err)
			}
			if first[o.id] {
				leadersLeft++
			}
		}
	}
	gate := make(chan struct{})
	for range people {
		goOn <- gate
	}
	close(gate)
	failed := 0
	for _, o := range all {
		if !o.leaves {
			if err := <-o.done; err != nil {
				failed++
				t.Errorf("who stayed got %v", err)
			}
			o.leave()
		}
	}
	if failed > 0 {
		t.Errorf("%d of those who stayed got no answer", failed)
	}
	return leadersLeft
}

// adding is a transport that adds a header for whoever its context says is
// calling, as middleware of others does.
type adding struct{ next http.RoundTripper }

func (a adding) RoundTrip(r *http.Request) (*http.Response, error) {
	if id := caller.ID(r.Context()); id != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", id)
	}
	return a.next.RoundTrip(r)
}

// Whatever adds the header that tells people apart, nobody gets what is
// another's. "nobody" is what the subgraph says to a request without one.
func TestSharing_is_never_between_people(t *testing.T) {
	t.Parallel()
	header := func(name string) func(int) (context.Context, http.Header) {
		return func(n int) (context.Context, http.Header) {
			return context.Background(), http.Header{name: {fmt.Sprint(n)}}
		}
	}
	for name, c := range map[string]struct {
		ask   func(n int) (context.Context, http.Header)
		added bool
		want  func(n int) string
	}{
		"by the token":          {ask: header("Authorization"), want: func(n int) string { return fmt.Sprint(n) }},
		"by a forwarded header": {ask: header("X-Tenant"), want: func(n int) string { return fmt.Sprint(n) }},
		"by the second value of a header": {
			ask: func(n int) (context.Context, http.Header) {
				return context.Background(), http.Header{"X-Tenant": {"same", fmt.Sprint(n)}}
			},
			want: func(n int) string { return fmt.Sprint("same", n) },
		},
		"by the border between headers": {
			ask: func(n int) (context.Context, http.Header) {
				if n%2 == 0 {
					return context.Background(), http.Header{"Authorization": {"ab"}, "X-Tenant": {"c"}}
				}
				return context.Background(), http.Header{"Authorization": {"a"}, "X-Tenant": {"bd"}}
			},
			want: func(n int) string { return []string{"abc", "abd"}[n%2] },
		},
		"by the transport, of the context": {
			ask: func(n int) (context.Context, http.Header) {
				return caller.With(context.Background(), caller.Caller{ID: fmt.Sprint(n)}), nil
			},
			added: true,
			want:  func(int) string { return "" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const people = 16
			var waiting sync.WaitGroup
			waiting.Add(1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				waiting.Wait()
				_, _ = io.Copy(io.Discard, r.Body)
				fmt.Fprintf(w, `{"data":{"who":%q}}`, strings.Join(append(r.Header["Authorization"], r.Header["X-Tenant"]...), ""))
			}))
			t.Cleanup(server.Close)
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			client := &http.Client{Transport: transport}
			if c.added {
				client.Transport = adding{transport}
			}
			g, p := whoGraph(t, fetch.HTTP(server.URL, client))
			answers := make(chan error, people)
			for n := range people {
				go func() {
					ctx, header := c.ask(n)
					body, err := g.Execute(ctx, p, header)
					if want := fmt.Sprintf(`{"data":{"who":%q}}`, c.want(n)); err == nil && string(body) != want {
						err = fmt.Errorf("%d got %s, want %s", n, body, want)
					}
					answers <- err
				}()
			}
			for g.Waiting() < people {
				runtime.Gosched()
			}
			waiting.Done()
			for range people {
				if err := <-answers; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
