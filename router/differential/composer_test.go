package differential_test

import (
	"path/filepath"
	"testing"
)

// TestDifferential_with_another_composer tries random requests on supergraphs
// that @theguild/federation-composition made: of HEDDLE_FOREIGN_GRAPHS graphs, 200
// unless told otherwise.
func TestDifferential_with_another_composer(t *testing.T) {
	t.Parallel()
	js := startNode(t, "reference.mjs", "graphql")
	composer := startNode(t, filepath.Join("..", "compose-reference", "driver.mjs"), "@theguild/federation-composition")
	deviations := readDeviations(t, "testdata/deviations.yml")
	start, graphs := number(t, "HEDDLE_SEED", 1), number(t, "HEDDLE_FOREIGN_GRAPHS", 200)
	var count tally
	for seed := uint64(start); seed < uint64(start+graphs); seed++ {
		type service struct {
			Name string `json:"name"`
			URL  string `json:"url"`
			SDL  string `json:"sdl"`
		}
		var services []service
		set := composable(seed, &count).set
		for _, s := range set {
			services = append(services, service{s.Name, s.URL, s.SDL})
		}
		var composed struct{ Supergraph string }
		if err := composer.ask(services, &composed); err != nil {
			t.Fatal(err)
		}
		if composed.Supergraph == "" {
			continue // the composers differ in what they refuse: router/compose/testdata/deviations.yml
		}
		g, err := readSupergraph(set, composed.Supergraph)
		if err != nil {
			t.Errorf("seed %d: %v\n%s", seed, err, printSet(set))
			continue
		}
		tryOn(t, js, g, seed, 1, deviations, &count)
	}
	t.Logf("seeds %d to %d: %d graphs of another composer, %d triples, %d differ as known, %d differ",
		start, start+graphs-1, count.graphs.Load(), count.triples.Load(), count.explained.Load(), count.different.Load())
}
