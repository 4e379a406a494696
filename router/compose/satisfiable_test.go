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

// choices is a chain of value types, each with two fields that lead to the next
// and that each lack in one subgraph: the last type has a state for each of the
// 2^steps ways there, and none of them has fewer options than another. It has the
// fields that last says for each of the 2·steps+1 subgraphs, of which choices keep
// all but one of each pair (2i, 2i+1), and always the last one.
func choices(steps int, last func(subgraph int) string) []Subgraph {
	var set []Subgraph
	for s := range 2*steps + 1 {
		var b strings.Builder
		b.WriteString(linkForTests + "type Query { start: T0 @shareable }\n")
		for i := range steps {
			fmt.Fprintf(&b, "type T%d @shareable { x: Int", i)
			if s != 2*i {
				fmt.Fprintf(&b, " a: T%d", i+1)
			}
			if s != 2*i+1 {
				fmt.Fprintf(&b, " b: T%d", i+1)
			}
			b.WriteString(" }\n")
		}
		fmt.Fprintf(&b, "type T%d @shareable { x: Int %s }\n", steps, last(s))
		set = append(set, Subgraph{Name: fmt.Sprintf("s%d", s), SDL: b.String()})
	}
	return set
}

// TestCompose_one_dead_end_among_many_ways composes a graph where one single way
// of 4,096 leads to where a field cannot be fetched: the last that is found.
func TestCompose_one_dead_end_among_many_ways(t *testing.T) {
	t.Parallel()
	const steps = 12
	dropped := func(s int) bool { return s%2 == 1 && s < 2*steps } // by b b b …
	_, err := Compose(choices(steps, func(s int) string {
		if dropped(s) {
			return "end: Int"
		}
		return ""
	}))
	want := "{ start { " + strings.Repeat("b { ", steps) + "end " + strings.Repeat("} ", steps+2)
	if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), strings.TrimSpace(want)) {
		t.Errorf("it gives %v", err)
	}
}

// TestCompose_no_dead_end_among_many_ways composes graphs where every one of 4,096
// ways leads to where all fields can be fetched: for the reason that the choice
// keeps one of two subgraphs that have the field, or one that has all.
func TestCompose_no_dead_end_among_many_ways(t *testing.T) {
	t.Parallel()
	const steps = 12
	for name, in := range map[string]func(s int) bool{
		"in both of a pair":        func(s int) bool { return s/2 == 3 },
		"in one that always stays": func(s int) bool { return s == 2*steps },
	} {
		_, err := Compose(choices(steps, func(s int) string {
			if in(s) {
				return "end: Int"
			}
			return ""
		}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCompose_does_not_accept_what_it_cannot_look_through composes a graph with
// 4,096 states of one type that differ in what can be fetched. It could be accepted,
// but only by looking at each.
func TestCompose_does_not_accept_what_it_cannot_look_through(t *testing.T) {
	t.Parallel()
	const steps = 12
	_, err := Compose(choices(steps, func(s int) string {
		if s == 2*steps {
			var all strings.Builder
			for own := range 2 * steps {
				fmt.Fprintf(&all, "own%d: Int ", own)
			}
			return all.String()
		}
		return fmt.Sprintf("pair%d: Int own%d: Int", s/2, s)
	}))
	var refused Errors
	if !errors.As(err, &refused) || len(refused) != 1 || refused[0].Code != "SATISFIABILITY_ERROR" || !strings.Contains(refused[0].Message, "more than are looked at") || !placed(refused[0].Locations) {
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
