package compose

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	generatedSets = flag.Int("generated", 2000, "how many generated sets of subgraphs to compare with the reference")
	firstSeed     = flag.Int("seed", 0, "what the first of the generated sets is made from; the next ones follow")
)

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
	for i := range *generatedSets {
		sets = append(sets, generatedSet(*firstSeed+i, themes))
	}
	answers := askReference(t, sets)
	deviations := readDeviations(t)
	generated, explained, different := 0, 0, 0
	for i, set := range sets {
		name := fmt.Sprintf("generated set %d", *firstSeed+i-len(cases))
		if i < len(cases) {
			name = cases[i].name
		} else if answers[i].Supergraph != "" {
			generated++
		}
		c := compare(name, set, answers[i])
		for _, e := range withoutPlace(c.refused) {
			t.Errorf("%s: it lacks a subgraph, file, line or column: %s", name, e)
		}
		switch {
		case c.difference == "":
		case c.known(deviations):
			explained++
		default:
			if different++; different <= 400 {
				t.Errorf("%s: %s\n%s%sours: %s", name, c.difference, printSet(set), printAnswer(answers[i]), c.ours())
			}
		}
	}
	t.Logf("%d cases and %d generated sets, of which %d compose; %d differ as known, %d differ", len(cases), len(sets)-len(cases), generated, explained, different)
	if generated*2 < *generatedSets {
		t.Errorf("only %d of %d generated sets compose: merging is hardly looked at", generated, *generatedSets)
	}
	for _, d := range deviations {
		if !d.used && *generatedSets >= 2000 && *firstSeed == 0 {
			t.Errorf("the deviation %q explains nothing any more: remove it", d.Name)
		}
	}
}

// generatedSet makes a set of subgraphs. Every second one is drawn anew until it
// composes with us, as hardly any other would get as far as merging.
func generatedSet(seed int, themes []theme) []Subgraph {
	g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 7)), odds: []float64{0, 0.02, 0.06}[seed%3]}
	draws := 1
	if seed%2 == 0 {
		draws = 40
	}
	var set []Subgraph
	for range draws {
		if seed/2%2 == 0 {
			set = g.set()
		} else {
			set = g.vary(themes[seed/4%len(themes)])
		}
		if _, err := Compose(set); err == nil {
			break
		}
	}
	return set
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
