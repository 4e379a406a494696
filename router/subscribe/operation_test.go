package subscribe_test

import (
	"context"
	"net/http"
	"testing"

	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

// silent is a subgraph that is never asked.
type silent struct{}

func (silent) Fetch(context.Context, fetch.Request) (fetch.Response, error) {
	return fetch.Response{}, nil
}

// graph is one of a single subgraph.
func graph(t *testing.T, sdl string) *execute.Graph {
	t.Helper()
	composed, err := compose.Compose([]compose.Subgraph{{Name: "a", URL: "http://a", SDL: sdl}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	g, err := execute.New(super, map[string]fetch.Fetcher{"a": silent{}}, execute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestPlanned_Key(t *testing.T) {
	t.Parallel()
	g := graph(t, `type Query { a: Int } type Subscription { s(n: Int, m: Int): Int t: Int }`)
	key := func(change func(*subscribe.Planned)) subscribe.Key {
		p := subscribe.Planned{
			Graph:   g,
			Request: operation.Request{Query: "subscription N($a: Int) { s(n: $a) } subscription M { t }", OperationName: "N", Variables: []byte(`{"a":1}`)},
			Header:  http.Header{"Authorization": {"Bearer a"}, "X-Request-Id": {"1"}, "X-Tenant": {"t"}},
			Scope:   []string{"Authorization", "X-Tenant"},
		}
		change(&p)
		var err error
		if p, err = p.On(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		return p.Key()
	}
	base := key(func(*subscribe.Planned) {})
	for name, c := range map[string]struct {
		change func(*subscribe.Planned)
		same   bool
	}{
		"nothing":             {func(*subscribe.Planned) {}, true},
		"white space in JSON": {func(p *subscribe.Planned) { p.Request.Variables = []byte(`{ "a": 1 }`) }, true},
		"another text": {func(p *subscribe.Planned) {
			p.Request.Query = "subscription N($b: Int) { ... { s(n: $b) } }"
			p.Request.Variables = []byte(`{"b":1}`)
		}, true},
		"a literal":      {func(p *subscribe.Planned) { p.Request.Query = "subscription N { s(n: 1) }"; p.Request.Variables = nil }, true},
		"request id":     {func(p *subscribe.Planned) { p.Header.Set("X-Request-Id", "2") }, true},
		"extensions":     {func(p *subscribe.Planned) { p.Request.Extensions = []byte(`{"live":{"after":"a.1"}}`) }, true},
		"alias":          {func(p *subscribe.Planned) { p.Request.Query = "subscription N($a: Int) { u: s(n: $a) }" }, false},
		"argument":       {func(p *subscribe.Planned) { p.Request.Query = "subscription N($a: Int) { s(m: $a) }" }, false},
		"operation name": {func(p *subscribe.Planned) { p.Request.OperationName = "M" }, false},
		"variables":      {func(p *subscribe.Planned) { p.Request.Variables = []byte(`{"a":2}`) }, false},
		"token":          {func(p *subscribe.Planned) { p.Header.Set("Authorization", "Bearer b") }, false},
		"no token":       {func(p *subscribe.Planned) { p.Header.Del("Authorization") }, false},
		"empty token":    {func(p *subscribe.Planned) { p.Header.Set("Authorization", "") }, false},
		"tenant":         {func(p *subscribe.Planned) { p.Header.Set("X-Tenant", "u") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if same := key(c.change) == base; same != c.same {
				t.Errorf("the keys are equal: %t, want %t", same, c.same)
			}
		})
	}
}
