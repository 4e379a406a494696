package differential_test

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"heddle/router/compose"
	"heddle/router/memory"
)

// Of each random graph, this many sets of data are made, and this many requests
// are tried on each.
const (
	dataPerGraph    = 2
	requestsPerData = 5
)

// number reads a number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// tally counts what a run has tried.
type tally struct {
	graphs, refused, triples, explained, different atomic.Int64

	kinds sync.Map // of differences: how many of each
}

// first tells whether a difference is one of the first of its kind.
func (c *tally) first(difference string) bool {
	n, _ := c.kinds.LoadOrStore(classOf(difference), new(atomic.Int64))
	return n.(*atomic.Int64).Add(1) <= 2
}

// TestDifferential tries random requests on random graphs with random data:
// HEDDLE_TRIPLES of them, 5,000 unless told otherwise, from the seed HEDDLE_SEED
// on. A graph's seed makes the graph, its data and the requests.
func TestDifferential(t *testing.T) {
	t.Parallel()
	deviations := readDeviations(t, "testdata/deviations.yml")
	graphs := (number(t, "HEDDLE_TRIPLES", 5000) + dataPerGraph*requestsPerData - 1) / (dataPerGraph * requestsPerData)
	start := number(t, "HEDDLE_SEED", 1)
	var count tally
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		js := startNode(t, "reference.mjs", "graphql")
		wait.Go(func() {
			for {
				seed := start + int(next.Add(1)) - 1
				if seed >= start+graphs || count.different.Load() >= 200 {
					return
				}
				tryGraph(t, js, uint64(seed), deviations, &count)
			}
		})
	}
	wait.Wait()
	t.Logf("seeds %d to %d: %d graphs (%d refused by the composer), %d triples, %d differ as known, %d differ",
		start, start+graphs-1, count.graphs.Load(), count.refused.Load(), count.triples.Load(), count.explained.Load(), count.different.Load())
}

// composable makes a set of subgraphs that compose.
func composable(seed uint64, count *tally) *graph {
	return composed(seed, count, func(d dice) []compose.Subgraph { return makeSet(d, false) })
}

// composed makes sets until one composes.
func composed(seed uint64, count *tally, makeSet func(dice) []compose.Subgraph) *graph {
	for try := uint64(0); ; try++ {
		g, err := newGraph(makeSet(roll(seed, 100+try)))
		if err == nil {
			return g
		}
		count.refused.Add(1)
	}
}

// tryGraph makes a graph of the seed, and tries it.
func tryGraph(t *testing.T, js *node, seed uint64, deviations []*deviation, count *tally) {
	tryOn(t, js, composable(seed, count), seed, dataPerGraph, deviations, count)
}

// tryOn tries random requests on a graph, over several sets of random data.
func tryOn(t *testing.T, js *node, g *graph, seed uint64, sets int, deviations []*deviation, count *tally) {
	count.graphs.Add(1)
	d := roll(seed, 2)
	s, err := makeScene(g, memory.Data{})
	if err != nil {
		t.Errorf("seed %d: %v\n%s", seed, err, printSet(g.set))
		return
	}
	for range sets {
		requests, err := s.invent(d)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			return
		}
		differences, err := s.compare(js, requests)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			return
		}
		for i, difference := range differences {
			count.triples.Add(1)
			switch {
			case difference == "":
			case explained(deviations, "", requests[i].Query, difference):
				count.explained.Add(1)
			default:
				count.different.Add(1)
				if !count.first(difference) {
					t.Errorf("seed %d: another such difference", seed)
					continue
				}
				small := shrink(js, trial{g.set, s.data, requests[i]}, difference)
				t.Errorf("seed %d: %s", seed, report(js, small, difference))
			}
		}
	}
}

// invent gives the scene random data, and makes requests for them: some are asked
// in another order, too.
func (s *scene) invent(d dice) ([]request, error) {
	fail := d.chance(35)
	if err := s.play(makeData(d, s.known, fail)); err != nil {
		return nil, err
	}
	var requests []request
	for range requestsPerData {
		r := writeRequest(d, s.graph.super.Schema, s.data)
		if !fail && d.chance(25) {
			r.Down, r.How = s.known.some(d), pick(d, failures...)
		}
		requests = append(requests, r)
		if !d.chance(30) {
			continue
		}
		other, err := r.reordered(d)
		if err != nil {
			return nil, err
		}
		requests = append(requests, other)
	}
	return requests, nil
}

// some are one or two of the subgraphs.
func (k *knowledge) some(d dice) []string {
	names := []string{pick(d, k.names...)}
	if other := pick(d, k.names...); other != names[0] && d.chance(20) {
		names = append(names, other)
	}
	return names
}

// report writes a trial as a golden case, and how the answers differ.
func report(js *node, t trial, difference string) string {
	if g, err := newGraph(t.set); err == nil {
		if s, err := makeScene(g, t.data); err == nil {
			if found, err := s.compare(js, []request{t.request}); err == nil && found[0] != "" {
				difference = found[0]
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s-- data.json --\n{\n", difference, printSet(t.set))
	for i, id := range t.data.IDs() {
		encoded, _ := json.Marshal(t.data[id])
		comma := ","
		if i == len(t.data)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, "  %q: %s%s\n", id, encoded, comma)
	}
	fmt.Fprintf(&b, "}\n-- query --\n%s\n", t.request.Query)
	if len(t.request.Down) > 0 {
		fmt.Fprintf(&b, "-- down --\n%s\n", strings.Join(t.request.Down, " "))
	}
	if len(t.request.Variables) > 0 {
		fmt.Fprintf(&b, "-- variables --\n%s\n", t.request.variables())
	}
	return b.String()
}

func printSet(set []compose.Subgraph) string {
	var b strings.Builder
	for _, s := range set {
		fmt.Fprintf(&b, "-- %s.graphql --\n%s", s.Name, s.SDL)
	}
	return b.String()
}
