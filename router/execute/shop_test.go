package execute_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"heddle/bench/gateway/shop"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// remembered answers a request that it has answered before with the same bytes,
// so that a benchmark measures the engine alone.
type remembered struct {
	server *shop.Server
	known  sync.Map
}

func (r *remembered) Fetch(_ context.Context, q fetch.Request) (fetch.Response, error) {
	if body, ok := r.known.Load(string(q.Body)); ok {
		return fetch.Response{Body: body.([]byte), Status: http.StatusOK}, nil
	}
	body, err := r.server.Answer(q.Body)
	r.known.Store(string(q.Body), body)
	return fetch.Response{Body: body, Status: http.StatusOK}, err
}

func shopGraph(tb testing.TB) *execute.Graph {
	tb.Helper()
	sdl, err := shop.Supergraph(func(name string) string { return "http://" + name })
	if err != nil {
		tb.Fatal(err)
	}
	super, err := supergraph.Read(sdl)
	if err != nil {
		tb.Fatal(err)
	}
	fetchers := map[string]fetch.Fetcher{}
	for _, name := range shop.Names {
		fetchers[name] = &remembered{server: shop.NewServer(func() time.Duration { return 0 })}
	}
	g, err := execute.New(super, fetchers, execute.Options{NoSharing: true, Log: slog.New(slog.NewTextHandler(tb.Output(), nil))})
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func answer(tb testing.TB, g *execute.Graph, query string) []byte {
	tb.Helper()
	p, err := g.Prepare(context.Background(), operation.Request{Query: query})
	if err != nil {
		tb.Fatal(err)
	}
	body, err := g.Execute(context.Background(), p, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// BenchmarkExecute is a request of the gateway benchmark: what the engine costs
// when the subgraphs cost nothing. An alias makes each request another.
func BenchmarkExecute(b *testing.B) {
	g := shopGraph(b)
	query := func(n int) string {
		return strings.Replace(shop.Query(), "topProducts {", fmt.Sprintf("top%09d: topProducts {", n), 1)
	}
	b.SetBytes(int64(len(answer(b, g, query(0)))))
	b.ReportAllocs()
	for n := 1; b.Loop(); n++ {
		answer(b, g, query(n))
	}
}

// BenchmarkExecute_again is the same request again and again.
func BenchmarkExecute_again(b *testing.B) {
	g := shopGraph(b)
	b.SetBytes(int64(len(answer(b, g, shop.Query()))))
	b.ReportAllocs()
	for b.Loop() {
		answer(b, g, shop.Query())
	}
}
