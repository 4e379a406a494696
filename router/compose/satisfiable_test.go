package compose

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

const linkForTests = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])` + "\n"

// TestCompose_many_paths composes a graph with 2^200 paths to its last type.
func TestCompose_many_paths(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	a.WriteString(linkForTests + "type Query { start: T0 }\n")
	b.WriteString(linkForTests + "type Query { b: Int }\n")
	for i := range 200 {
		fmt.Fprintf(&a, "type T%d @key(fields: \"id\") { id: ID! left: T%d right: T%d }\n", i, i+1, i+1)
		fmt.Fprintf(&b, "type T%d @key(fields: \"id\") { id: ID! more: T%d }\n", i, i+1)
	}
	a.WriteString("type T200 @key(fields: \"id\") { id: ID! }\n")
	b.WriteString("type T200 @key(fields: \"id\") { id: ID! end: Int }\n")
	if _, err := Compose([]Subgraph{{Name: "a", SDL: a.String()}, {Name: "b", SDL: b.String()}}); err != nil {
		t.Fatal(err)
	}
}

// valueGraph has a value type in every subgraph, each of whose fields is missing
// in one: its states are all sets of subgraphs.
func valueGraph(subgraphs int) []Subgraph {
	var set []Subgraph
	for s := range subgraphs {
		var b strings.Builder
		b.WriteString(linkForTests + "type Query { v: V @shareable }\ntype V @shareable { x: Int\n")
		for f := range subgraphs {
			if f != s {
				fmt.Fprintf(&b, "  f%d: V\n", f)
			}
		}
		b.WriteString("}\n")
		set = append(set, Subgraph{Name: fmt.Sprintf("s%d", s), SDL: b.String()})
	}
	return set
}

// TestCompose_many_states composes a graph with 2^24 sets of subgraphs to stand in.
func TestCompose_many_states(t *testing.T) {
	t.Parallel()
	_, err := Compose(valueGraph(24))
	var refused Errors
	if !errors.As(err, &refused) || refused[0].Code != "SATISFIABILITY_ERROR" {
		t.Errorf("it gives %v", err)
	}
}

// TestCompose_is_safe_for_concurrent_use composes the same subgraphs many times
// at once.
func TestCompose_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	set := []Subgraph{{Name: "accounts", URL: "http://accounts", SDL: accounts}, {Name: "chat", URL: "http://chat", SDL: chat}}
	want, err := Compose(set)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if got, err := Compose(set); err != nil || got.Supergraph != want.Supergraph {
					t.Errorf("it gives something else: %v", err)
				}
			}
		})
	}
	wait.Wait()
}
