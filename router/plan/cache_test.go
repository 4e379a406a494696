package plan_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"heddle/router/operation"
	"heddle/router/plan"
	"heddle/router/supergraph"
)

// small is a graph of two subgraphs.
const small = `
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
type Query @join__type(graph: A) @join__type(graph: B) { user(id: ID!): User @join__field(graph: A) }
type User @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  friends(first: Int = 5, near: Point): [User!] @join__field(graph: A)
  posts(first: Int): [String!] @join__field(graph: B)
}
input Point @join__type(graph: A) @join__type(graph: B) { x: Float! y: Float! }
`

func planner(t *testing.T) (*supergraph.Supergraph, *plan.Planner) {
	t.Helper()
	super, err := supergraph.Read(small)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.NewPlanner(super)
	if err != nil {
		t.Fatal(err)
	}
	return super, p
}

func normalised(t *testing.T, super *supergraph.Supergraph, query, variables string) *operation.Normalized {
	t.Helper()
	r := operation.Request{Query: query, Variables: json.RawMessage(variables)}
	doc, errs := operation.Read(super.Schema, nil, r, operation.Limits{})
	if errs != nil {
		t.Fatal(errs)
	}
	values, errs := doc.Variables(r)
	if errs != nil {
		t.Fatal(errs)
	}
	n, errs := doc.Normalise(values, nil, true)
	if errs != nil {
		t.Fatal(errs)
	}
	return n
}

func TestCache_shares_a_plan(t *testing.T) {
	t.Parallel()
	conditions := `query($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) { user(id: "1") {
	  name @include(if: $a) ... @skip(if: $b) { name posts friends { name @skip(if: $c) } } ... @include(if: $d) { friends { id } } } }`
	var combinations [][2]string
	for i := range 16 {
		combinations = append(combinations, [2]string{conditions, fmt.Sprintf(`{"a":%t,"b":%t,"c":%t,"d":%t}`, i&1 > 0, i&2 > 0, i&4 > 0, i&8 > 0)})
	}
	for name, requests := range map[string][][2]string{
		"whatever the conditions are": combinations,
		"whatever the literals are": {
			{`{ user(id: "1") { friends(first: 2, near: {x: 1, y: 2}) { name } posts(first: 1) } }`, ""},
			{`{ user(id: 7) { friends(first: 3, near: {x: 0.5, y: -2}) { name } posts(first: 9) } }`, ""},
			{`query Q($id: ID!, $n: Int) { user(id: $id) { friends(first: $n, near: {x: 1, y: 1}) { name } posts(first: 4) } }`, `{"id":"1","n":3}`},
			{`query($p: Point) { user(id: "x") { ...F } } fragment F on User { friends(first: 1, near: $p) { name } posts(first: 2) }`, `{"p":{"x":1,"y":1}}`},
		},
		"whatever the conditions are, of what is deferred, too": {
			{`query($a: Boolean!) { user(id: "1") { ... @defer { name @include(if: $a) posts } ... @skip(if: $a) { ... @defer { id } } } }`, `{"a":true}`},
			{`query($a: Boolean!) { user(id: "1") { ... @defer { name @include(if: $a) posts } ... @skip(if: $a) { ... @defer { id } } } }`, `{"a":false}`},
		},
		"whatever the order is": {
			{`{ user(id: "1") { name friends(first: 1, near: {x: 1, y: 2}) { id posts } posts } }`, ""},
			{`{ user(id: "1") { posts friends(near: {x: 1, y: 2}, first: 1) { posts id } name } }`, ""},
			{`{ ...F user(id: "2") { posts } } fragment F on Query { user(id: "2") { ... { friends(first: 2, near: null) { posts } } name friends(first: 2, near: null) { id posts } } }`, ""},
		},
		"whatever the aliases are": {
			{`{ a: user(id: "1") { name b: friends { c: name } } c: user(id: "2") { b: posts } }`, ""},
			{`{ name: user(id: "1") { name user: friends { id: name } } id: user(id: "2") { user: posts } }`, ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			super, p := planner(t)
			cache := plan.NewCache(p, plan.CacheOptions{})
			var first *plan.Plan
			for _, r := range requests {
				made, _, err := cache.Get(context.Background(), normalised(t, super, r[0], r[1]), nil)
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = made
				}
				if made != first {
					t.Errorf("%s with %s has a plan of its own:\n%s\nnot\n%s", r[0], r[1], made, first)
				}
			}
		})
	}
}

func TestCache_plans_once_for_all_who_wait(t *testing.T) {
	t.Parallel()
	super, p := planner(t)
	cache := plan.NewCache(p, plan.CacheOptions{})
	n := normalised(t, super, `{ user(id: "1") { name posts friends { posts } } }`, "")
	plans := make(chan *plan.Plan)
	for range 50 {
		go func() {
			made, _, err := cache.Get(context.Background(), n, nil)
			if err != nil {
				t.Error(err)
			}
			plans <- made
		}()
	}
	first := <-plans
	for range 49 {
		if made := <-plans; made != first {
			t.Error("somebody got a plan of their own")
		}
	}
}

func TestCache_refuses_what_is_too_complex(t *testing.T) {
	t.Parallel()
	super, p := planner(t)
	for name, opts := range map[string]plan.CacheOptions{"in steps": {Steps: 50}, "in time": {Time: time.Nanosecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := plan.NewCache(p, opts)
			query := `{ user(id: "1") ` + strings.Repeat(`{ posts friends `, 15) + `{ name }` + strings.Repeat(`}`, 15) + ` }`
			for range 2 {
				_, _, err := cache.Get(context.Background(), normalised(t, super, query, ""), nil)
				var refused operation.Errors
				if !errors.As(err, &refused) || refused[0].Extensions["code"] != "OPERATION_TOO_COMPLEX" {
					t.Errorf("got %v", err)
				}
			}
			if opts.Steps == 0 {
				return
			}
			if _, _, err := cache.Get(context.Background(), normalised(t, super, `{ user(id: "1") { name } }`, ""), nil); err != nil {
				t.Errorf("a simple operation is refused, too: %v", err)
			}
		})
	}
}

func TestCache_keeps_to_its_memory(t *testing.T) {
	t.Parallel()
	super, p := planner(t)
	const limit = 200_000
	cache := plan.NewCache(p, plan.CacheOptions{Bytes: limit})
	var last *plan.Plan
	query := func(i int) *operation.Normalized {
		fields := "name posts"
		for bit := range 8 { // so that there are so many
			fields = []string{"name", "id"}[i>>bit&1] + " friends { " + fields + " }"
		}
		return normalised(t, super, `{ user(id: "1") { `+fields+` } }`, "")
	}
	for i := range 200 {
		made, _, err := cache.Get(context.Background(), query(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		if last = made; cache.Bytes() > limit {
			t.Fatalf("%d bytes after %d plans", cache.Bytes(), i+1)
		}
	}
	if n := cache.Len(); n < 2 || n > 100 {
		t.Errorf("it keeps %d of 200 plans", n)
	}
	if again, _, _ := cache.Get(context.Background(), query(199), nil); again != last {
		t.Error("the last plan was not kept")
	}
}
