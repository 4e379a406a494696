package subgraphtest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// graph is the endpoint that domains ask in a world: one domain stands in for
// the whole graph, as far as the questions are its own.
type graph struct {
	t        testing.TB
	url      string
	mu       sync.Mutex
	next     http.Handler
	answered int
	grown    chan struct{} // closed when answered grows
}

func newGraph(t testing.TB) *graph {
	g := &graph{t: t, next: http.NotFoundHandler(), grown: make(chan struct{})}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	next := g.next
	g.mu.Unlock()
	next.ServeHTTP(w, r)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answered++
	close(g.grown)
	g.grown = make(chan struct{})
}

// Graph lets the service answer the questions that domains ask the graph.
func (w *World) Graph(s *Service) {
	w.t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.AnswerWith(httputil.NewSingleHostReverseProxy(at))
}

// AnswerWith lets the handler answer the questions that domains ask the graph.
func (w *World) AnswerWith(h http.Handler) {
	w.graph.mu.Lock()
	defer w.graph.mu.Unlock()
	w.graph.next = h
}

// GraphURL is where domains ask the graph.
func (w *World) GraphURL() string { return w.graph.url }

// Answered is how many questions the graph has answered.
func (w *World) Answered() int {
	w.graph.mu.Lock()
	defer w.graph.mu.Unlock()
	return w.graph.answered
}

// AwaitAnswers waits until the graph has answered so many questions.
func (w *World) AwaitAnswers(n int) {
	w.t.Helper()
	for {
		w.graph.mu.Lock()
		answered, grown := w.graph.answered, w.graph.grown
		w.graph.mu.Unlock()
		if answered >= n {
			return
		}
		select {
		case <-grown:
		case <-time.After(patience):
			w.t.Fatalf("the graph was not asked: %d answers, want %d", answered, n)
		}
	}
}
