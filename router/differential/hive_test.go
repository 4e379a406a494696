package differential_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"heddle/router/compose"
	"heddle/router/memory"
)

// subgraphServer serves the subgraphs of the scene that is being played.
type subgraphServer struct {
	mu    sync.Mutex
	parts map[string]*memory.Server
}

func (s *subgraphServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	part := s.parts[strings.Trim(r.URL.Path, "/")]
	s.mu.Unlock()
	if part == nil {
		http.NotFound(w, r)
		return
	}
	part.ServeHTTP(w, r)
}

func (s *subgraphServer) play(parts map[string]*memory.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = parts
}

// TestDifferential_in_Hive_Gateway sends a sample of the random requests, on
// HEDDLE_HIVE_GRAPHS graphs, 30 unless told otherwise, through Hive Gateway, too,
// with the same supergraphs. Where it does not answer as graphql-js does, the
// difference and its reason are in testdata/hive.yml.
func TestDifferential_in_Hive_Gateway(t *testing.T) {
	t.Parallel()
	js := startNode(t, "reference.mjs", "graphql")
	hive := startNode(t, "gateway.mjs", "@graphql-hive/gateway")
	deviations := readDeviations(t, "testdata/hive.yml")
	subgraphs := &subgraphServer{}
	server := httptest.NewServer(subgraphs)
	t.Cleanup(server.Close)
	start, graphs := number(t, "HEDDLE_SEED", 1), number(t, "HEDDLE_HIVE_GRAPHS", 30)
	var count tally
	for seed := uint64(start); seed < uint64(start+graphs); seed++ {
		var set []compose.Subgraph
		for _, sub := range composable(seed, &count).set {
			sub.URL = server.URL + "/" + sub.Name
			set = append(set, sub)
		}
		g, err := newGraph(set)
		if err != nil {
			t.Fatal(err)
		}
		tryHive(t, js, hive, subgraphs, g, seed, deviations, &count)
	}
	t.Logf("seeds %d to %d: %d requests on %d graphs, Hive Gateway differs in %d as known, in %d otherwise",
		start, start+graphs-1, count.triples.Load(), graphs, count.explained.Load(), count.different.Load())
}

func tryHive(t *testing.T, js, hive *node, subgraphs *subgraphServer, g *graph, seed uint64, deviations []*deviation, count *tally) {
	s, err := makeScene(g, memory.Data{})
	if err != nil {
		t.Fatal(err)
	}
	requests, err := s.invent(roll(seed, 2))
	if err != nil {
		t.Fatal(err)
	}
	subgraphs.play(s.parts)
	var questions []question
	for i := range requests {
		requests[i].Down, requests[i].How = nil, ""
		questions = append(questions, question{Query: requests[i].Query, Variables: requests[i].variables(), OperationName: requests[i].Name})
	}
	ours, err := s.compare(js, requests)
	if err != nil {
		t.Fatal(err)
	}
	var theirs []answer
	if err := hive.ask(map[string]any{"supergraph": g.sdl, "cases": questions}, &theirs); err != nil {
		t.Fatal(err)
	}
	for i := range questions {
		questions[i].Data = s.data
	}
	wanted, err := js.reference(g.super.API, questions)
	if err != nil {
		t.Fatal(err)
	}
	for i := range requests {
		count.triples.Add(1)
		if ours[i] != "" {
			t.Errorf("seed %d: %s\n%s", seed, ours[i], requests[i].Query)
		}
		differs := strings.ReplaceAll(difference(theirs[i], wanted[i]), "ours", "hive")
		switch {
		case differs == "":
		case explained(deviations, "", requests[i].Query, differs):
			count.explained.Add(1)
		default:
			count.different.Add(1)
			t.Errorf("seed %d: %s\n%s\n%s", seed, differs, requests[i].Query, requests[i].variables())
		}
	}
}
