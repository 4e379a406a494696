package execute_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heddle/bench/gateway/shop"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/supergraph"
)

// noted notes who was asked, in order.
type noted struct {
	name  string
	next  fetch.Fetcher
	mu    *sync.Mutex
	asked *[]string
}

func (n noted) Fetch(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	n.mu.Lock()
	*n.asked = append(*n.asked, n.name+strings.Repeat(" _entities", strings.Count(string(r.Body), "_entities(")))
	n.mu.Unlock()
	return n.next.Fetch(ctx, r)
}

// TestExecute_fetches_that_begin_at_once of entities of one subgraph are one
// request; one for which there is nothing to ask takes no part in it.
func TestExecute_fetches_that_begin_at_once(t *testing.T) {
	t.Parallel()
	sdl, err := shop.Supergraph(func(name string) string { return "http://" + name })
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(sdl)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var asked []string
	fetchers := map[string]fetch.Fetcher{}
	for _, name := range shop.Names {
		server := shop.NewServer(func() time.Duration { return 0 })
		fetchers[name] = noted{name, fetch.InProcess(server), &mu, &asked}
	}
	g, err := execute.New(super, fetchers, execute.Options{NoSharing: true})
	if err != nil {
		t.Fatal(err)
	}
	body := answer(t, g, `{ users { reviews { product { name } author { reviews { product { name price } } } } } }`)
	if want := []string{"accounts", "reviews _entities", "products _entities _entities"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if !strings.HasPrefix(string(body), `{"data":{"users":[{"reviews":[{"product":{"name":"Table"},"author":{"reviews":[{"product":{"name":"Table","price":899}}`) {
		t.Errorf("answered %.300s", body)
	}
	asked = nil
	answer(t, g, `{ topProducts(first: 0) { reviews { product { name } author { reviews { product { name price } } } } } }`)
	if want := []string{"products"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}
