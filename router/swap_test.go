package router_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"heddle/internal/soak"
	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
)

// closing is a fetcher that notices when it is let go.
type closing struct {
	fetch.Fetcher
	closed chan struct{}
}

func (c *closing) Close() error { close(c.closed); return nil }

// extra is a subgraph that comes and goes.
func (w *world) extra() (compose.Subgraph, *closing) {
	url := w.start(newTiny(w.t, `type Query { more: String! }`, map[string]resolver{
		"Query.more": func(context.Context, map[string]any) (any, error) { return "more", nil },
	}, nil))
	client := &http.Client{Transport: &http.Transport{}}
	w.t.Cleanup(client.CloseIdleConnections)
	return compose.Subgraph{Name: "extra", URL: url, SDL: `type Query { more: String! }`},
		&closing{fetch.HTTP(url, client), make(chan struct{})}
}

// ask posts a query and gives the whole answer.
func (w *world) ask(query string) (string, error) {
	response, err := http.Post(w.url+"/graphql", "application/json", strings.NewReader(`{"query":`+strconv.Quote(query)+`}`))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func (w *world) expectAnswer(t *testing.T, query, want string) {
	t.Helper()
	if got, err := w.ask(query); err != nil || got != want {
		t.Errorf("%s: %s, %v, want %s", query, got, err, want)
	}
}

// swapped composes and swaps.
func (w *world) swapped(t *testing.T, subgraphs []compose.Subgraph, fetchers map[string]fetch.Fetcher) {
	t.Helper()
	if err := w.router.Swap(t.Context(), composed(t, subgraphs), fetchers); err != nil {
		t.Fatalf("swap: %v", err)
	}
}

// with is the world's fetchers and another.
func (w *world) with(name string, f fetch.Fetcher) map[string]fetch.Fetcher {
	all := map[string]fetch.Fetcher{name: f}
	for name, f := range w.fetchers {
		all[name] = f
	}
	return all
}

// swaps is how many supergraphs take over while the load lasts.
func swaps(t *testing.T) int { t.Helper(); return soak.Times(t, "HEDDLE_TEST_SWAPS", 10) }

// Under constant load supergraphs take over one after the other, in which a
// subgraph comes and goes, and no request fails.
func TestRouter_Swap_under_load(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	var answered atomic.Int64
	more := make(chan struct{}, 1)
	over := make(chan struct{})
	var load sync.WaitGroup
	for _, c := range []struct{ query, want string }{
		{"{ hello }", `{"data":{"hello":"world"}}`},
		{`query($n: ID! = "7") { hello person(id: $n) { name } }`, `{"data":{"hello":"world","person":{"name":"Person 7"}}}`},
		{`mutation { set(text: "a") }`, `{"data":{"set":"a"}}`},
		{`{ echo(text: "different") __schema { queryType { name } } }`, `{"data":{"echo":"different","__schema":{"queryType":{"name":"Query"}}}}`},
	} {
		load.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				if got, err := w.ask(c.query); err != nil || got != c.want {
					t.Errorf("%s: %s, %v, want %s", c.query, got, err, c.want)
					return
				}
				answered.Add(1)
				select {
				case more <- struct{}{}:
				default:
				}
			}
		})
	}
	last := int64(0)
	wait := func() { // until the load has gone on for a while
		for answered.Load() < last+50 && !t.Failed() {
			<-more
		}
		last = answered.Load()
	}
	for n := range swaps(t) {
		wait()
		subgraphs := slices.Clone(w.subgraphs)
		subgraphs[0].SDL += fmt.Sprintf("\ntype Version%d @tag(name: \"v\") { n: Int }\nextend type Query { version%d: Version%d }", n, n, n)
		subgraphs[0].SDL = strings.Replace(subgraphs[0].SDL, `["@key"]`, `["@key", "@tag"]`, 1)
		fetchers := w.fetchers
		if n%2 == 0 {
			extra, f := w.extra()
			subgraphs, fetchers = append(subgraphs, extra), w.with("extra", f)
			defer func() { <-f.closed }()
		}
		w.swapped(t, subgraphs, fetchers)
		want := map[bool]string{true: `{"data":{"more":"more"}}`}
		if n%2 == 0 {
			w.expectAnswer(t, "{ more }", want[true])
		} else if got, err := w.ask("{ more }"); err != nil || !strings.Contains(got, "GRAPHQL_VALIDATION_FAILED") {
			t.Errorf("a field of a subgraph that has gone: %s, %v", got, err)
		}
	}
	wait()
	close(over)
	load.Wait()
	w.swapped(t, w.subgraphs, w.fetchers)
	t.Logf("%d requests were answered", answered.Load())
}

// An operation under way ends on the supergraph on which it began; its fetchers
// are let go after it.
func TestRouter_Swap_lets_go_after_the_last_request(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	extra, f := w.extra()
	w.swapped(t, append(slices.Clone(w.subgraphs), extra), w.with("extra", f))
	answer := make(chan string, 1)
	go func() {
		got, err := w.ask(`{ wait(name: "old") more }`)
		if err != nil {
			got = err.Error()
		}
		answer <- got
	}()
	<-w.waits
	w.swapped(t, w.subgraphs, w.fetchers)
	w.expectAnswer(t, "{ hello }", `{"data":{"hello":"world"}}`)
	select {
	case <-f.closed:
		t.Error("the fetcher was let go while a request still used it")
	default:
	}
	close(w.goOn)
	if got, want := <-answer, `{"data":{"wait":"went on","more":"more"}}`; got != want {
		t.Errorf("the request that was under way: %s, want %s", got, want)
	}
	<-f.closed
}

// A supergraph that is not a good one is refused, and the last good one stays.
func TestRouter_Swap_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	good := composed(t, w.subgraphs)
	for _, c := range []struct {
		name, sdl, want string
		fetchers        map[string]fetch.Fetcher
	}{
		{"no SDL", "type Query {", "read supergraph: parse supergraph: supergraph:1:", w.fetchers},
		{"no supergraph", "type Query { a: Int }", "read supergraph: this is no supergraph: it has no enum join__Graph", w.fetchers},
		{"half", good[:len(good)/2], "read supergraph: ", w.fetchers},
		{"no way to a subgraph", strings.Replace(good, "hello", "hullo", 1), `make graph: subgraph "people" of the supergraph has no fetcher`, map[string]fetch.Fetcher{"chat": w.fetchers["chat"]}},
	} {
		err := w.router.Swap(t.Context(), c.sdl, c.fetchers)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		w.expectAnswer(t, "{ hello }", `{"data":{"hello":"world"}}`)
		status, text := w.status(t, "/readyz")
		if status != 200 || !strings.HasPrefix(text, "ready\nsupergraph ") || !strings.Contains(text, "was refused at") {
			t.Errorf("%s: /readyz says %d %q", c.name, status, text)
		}
	}
	w.swapped(t, w.subgraphs, w.fetchers)
	w.expectStatus(t, "/readyz", 200, "ready\n")
}
