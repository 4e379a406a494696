package compose

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var generatedSets = flag.Int("generated", 2000, "how many generated sets of subgraphs to compare with the reference")

// TestCompose_agrees_with_the_reference composes the corpus and random sets of
// subgraphs with both composers: both accept or both refuse, with the same
// codes, and the supergraphs mean the same, but for the known deviations.
func TestCompose_agrees_with_the_reference(t *testing.T) {
	t.Parallel()
	cases := readCorpus(t)
	var sets [][]Subgraph
	for _, c := range cases {
		sets = append(sets, c.subgraphs)
	}
	themes := readThemes(t)
	for seed := range *generatedSets {
		g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 7)), odds: []float64{0, 0.02, 0.06}[seed%3]}
		if seed%2 == 0 {
			sets = append(sets, g.set())
		} else {
			sets = append(sets, g.vary(themes[seed/2%len(themes)]))
		}
	}
	answers := askReference(t, sets)
	deviations := readDeviations(t)
	accepted, explained, different := 0, 0, 0
	for i, set := range sets {
		if answers[i].Supergraph != "" {
			accepted++
		}
		name := ""
		if i < len(cases) {
			name = cases[i].name
		}
		c := compare(name, set, answers[i])
		switch {
		case c.difference == "":
		case c.known(deviations) != nil:
			explained++
		default:
			different++
			if different <= 40 {
				t.Errorf("%s: %s\n%s%sours: %s", cmp.Or(name, fmt.Sprintf("generated set %d", i-len(cases))), c.difference, printSet(set), printAnswer(answers[i]), c.ours)
			}
		}
	}
	t.Logf("%d sets: %d accepted, %d differ as known, %d differ", len(sets), accepted, explained, different)
	for _, d := range deviations {
		if !d.used && *generatedSets >= 2000 {
			t.Errorf("the deviation %q explains nothing any more: remove it", d.Name)
		}
	}
}

func printSet(set []Subgraph) string {
	var b strings.Builder
	for _, s := range set {
		fmt.Fprintf(&b, "-- %s.graphql --\n%s", s.Name, s.SDL)
	}
	return b.String()
}

func printAnswer(a answer) string {
	var b strings.Builder
	for _, e := range a.Errors {
		fmt.Fprintf(&b, "theirs: %s %s\n", e.Code, e.Message)
	}
	return b.String()
}
