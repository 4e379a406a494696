package compose

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// deviation is a way in which our answers are known to differ from the
// reference's: an entry of testdata/deviations.yml. Every expression that it has
// must match.
type deviation struct {
	Name       string   `yaml:"name"`
	Ours       string   `yaml:"ours"`       // our errors
	Theirs     string   `yaml:"theirs"`     // their errors
	Difference string   `yaml:"difference"` // the codes of both, or the lines that one supergraph lacks
	Set        string   `yaml:"set"`        // the subgraphs
	Cases      []string `yaml:"cases"`      // of the corpus
	Reason     string   `yaml:"reason"`
	Section    string   `yaml:"section"`
	used       bool
}

func readDeviations(t *testing.T) []*deviation {
	t.Helper()
	text, err := os.ReadFile("testdata/deviations.yml")
	if err != nil {
		t.Fatal(err)
	}
	var list []*deviation
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Reason == "" || d.Section == "" {
			t.Errorf("the deviation %q has no reason or section", d.Name)
		}
	}
	return list
}

// comparison is one set of subgraphs composed by both.
type comparison struct {
	name       string // of the case of the corpus; empty for a generated set
	set        []Subgraph
	theirs     answer
	difference string
	ours       string
}

func compare(name string, set []Subgraph, theirs answer) comparison {
	c := comparison{name: name, set: set, theirs: theirs, difference: difference(set, theirs)}
	if _, err := Compose(set); err != nil {
		c.ours = err.Error()
	}
	return c
}

// known finds the deviation that explains the difference.
func (c comparison) known(list []*deviation) *deviation {
	for _, d := range list {
		if (len(d.Cases) == 0 || slices.Contains(d.Cases, c.name)) && matches(d.Ours, c.ours) && matches(d.Theirs, printAnswer(c.theirs)+c.difference) &&
			matches(d.Difference, c.difference) && matches(d.Set, printSet(c.set)) {
			d.used = true
			return d
		}
	}
	return nil
}

func matches(expression, text string) bool {
	return expression == "" || regexp.MustCompile(expression).MatchString(text)
}
