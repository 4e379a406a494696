// Package differential_test holds Heddle's answers against those of other
// executors: random requests to random graphs over random data, answered by
// graphql-js over one schema and all the data, and by the router's engine over
// the subgraphs that the data are spread over.
package differential_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"heddle/router/compose"
	"heddle/router/memory"
)

var seeds = flag.Int("seeds", 100, "how many random requests are tried on each graph of router/plan/testdata")

const cases = "../plan/testdata"

// TestDifferential_on_known_graphs asks random requests of the graphs that the
// golden cases use.
func TestDifferential_on_known_graphs(t *testing.T) {
	t.Parallel()
	js := startNode(t, "reference.mjs", "graphql")
	deviations := readDeviations(t, "testdata/deviations.yml")
	files, err := filepath.Glob(cases + "/graphs/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			g, data := readGraph(t, file)
			s := newScene(t, g, data)
			var requests []request
			for seed := range *seeds {
				requests = append(requests, writeRequest(roll(uint64(seed), 1), g.super.Schema, data))
			}
			differences, err := s.compare(js, requests)
			if err != nil {
				t.Fatal(err)
			}
			for i, d := range differences {
				if d != "" && !explained(deviations, name, requests[i].Query, d) {
					encoded, _ := json.Marshal(requests[i].Variables)
					t.Errorf("seed %d: %s\n%s\n%s", i, d, requests[i].Query, encoded)
				}
			}
		})
	}
	for _, d := range deviations {
		if d.Graph != "" && !d.used.Load() && *seeds >= 100 {
			t.Errorf("the deviation %q explains nothing any more: remove it", d.Name)
		}
	}
}

// readGraph reads the subgraphs and data of an archive.
func readGraph(t *testing.T, file string) (*graph, memory.Data) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var data memory.Data
	var set []compose.Subgraph
	for _, f := range txtar.Parse(text).Files {
		if name, ok := strings.CutSuffix(f.Name, ".graphql"); ok {
			set = append(set, compose.Subgraph{Name: name, URL: "http://" + name, SDL: string(f.Data), File: f.Name})
		}
		if f.Name == "data.json" {
			if err := json.Unmarshal(f.Data, &data); err != nil {
				t.Fatal(err)
			}
		}
	}
	g, err := newGraph(set)
	if err != nil {
		t.Fatal(err)
	}
	return g, data
}
