package compose

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// deviation is a way in which our answers are known to differ from the
// reference's: an entry of testdata/deviations.yml. It explains one kind of
// error, line or crash, wherever that is met, or a whole case of the corpus.
type deviation struct {
	Name    string   `yaml:"name"`
	Ours    *refusal `yaml:"ours"`   // an error that only we give
	Theirs  *refusal `yaml:"theirs"` // an error that only the reference gives
	Beside  string   `yaml:"beside"` // the code of an error that both give
	Lines   string   `yaml:"lines"`  // how an element differs in the supergraphs: "ours: …", "theirs: …", or both lines
	Crash   string   `yaml:"crash"`  // what the reference throws
	Hides   bool     `yaml:"hides"`  // the error ends composition before what the other goes on to find
	Set     string   `yaml:"set"`    // what the subgraphs must look like; empty for anything
	Cases   []string `yaml:"cases"`  // of the corpus; empty for all, and for generated sets
	Reason  string   `yaml:"reason"`
	Section string   `yaml:"section"` // of a specification
	used    bool
}

// refusal is a kind of error. The message is an expression that must match.
type refusal struct {
	Code    string `yaml:"code"`
	Message string `yaml:"message"`
}

// explains says whether the deviation is about single errors, lines and crashes.
func (d *deviation) explains() bool {
	return d.Ours != nil || d.Theirs != nil || d.Lines != "" || d.Crash != ""
}

func readDeviations(t *testing.T) []*deviation {
	t.Helper()
	text, err := os.ReadFile("testdata/deviations.yml")
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	var list []*deviation
	if err := decoder.Decode(&list); err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Reason == "" || d.Section == "" || len(d.Cases) == 0 && !d.explains() {
			t.Errorf("the deviation %q has no reason, section or extent", d.Name)
		}
	}
	return list
}

// comparison is one set of subgraphs composed by both.
type comparison struct {
	name       string // of the case of the corpus, or the generated set
	set        []Subgraph
	theirs     answer
	difference string
	refused    error // our refusal; nil for none
}

func compare(name string, set []Subgraph, theirs answer) comparison {
	c := comparison{name: name, set: set, theirs: theirs, difference: difference(set, theirs)}
	_, c.refused = Compose(set)
	return c
}

// ours is our refusal as a person reads it; empty for none.
func (c comparison) ours() string {
	if c.refused == nil {
		return ""
	}
	return c.refused.Error()
}

// bothGive says whether both refuse with a code that matches an expression.
func (c comparison) bothGive(expression string) bool {
	var ours Errors
	errors.As(c.refused, &ours)
	return slices.ContainsFunc(ours, func(e Error) bool {
		return matches("^("+expression+")$", e.Code) && slices.Contains(c.theirs.codes(), e.Code)
	})
}

// finding is one part of a difference: an error, a line or a crash.
type finding struct {
	ours bool
	is   func(*deviation) bool
}

// findings are all parts of the difference.
func (c comparison) findings() []finding {
	var ours Errors
	errors.As(c.refused, &ours)
	var list []finding
	if c.theirs.Thrown != "" && len(c.theirs.codes()) == 0 {
		return []finding{{false, func(d *deviation) bool { return d.Crash != "" && matches(d.Crash, c.theirs.Thrown) }}}
	}
	if len(ours) == 0 && len(c.theirs.Errors) == 0 {
		for _, lines := range byElement(c.difference) {
			list = append(list, finding{true, func(d *deviation) bool { return d.Lines != "" && matches(d.Lines, lines) }})
		}
		return list
	}
	for _, e := range ours {
		if !slices.Contains(c.theirs.codes(), e.Code) {
			list = append(list, finding{true, func(d *deviation) bool { return d.Ours.matches(e.Code, e.Message) }})
		}
	}
	for _, e := range c.theirs.Errors {
		if !slices.ContainsFunc(ours, func(o Error) bool { return o.Code == e.Code }) {
			list = append(list, finding{false, func(d *deviation) bool { return d.Theirs.matches(e.Code, e.Message) }})
		}
	}
	return list
}

// byElement puts the lines of a difference together that are about one element.
func byElement(difference string) []string {
	var order []string
	lines := map[string][]string{}
	for line := range strings.SplitSeq(difference, "\n") {
		_, text, _ := strings.Cut(line, ":")
		element, _, _ := strings.Cut(strings.TrimSpace(text), ":")
		if lines[element] == nil {
			order = append(order, element)
		}
		lines[element] = append(lines[element], line)
	}
	together := make([]string, len(order))
	for i, element := range order {
		together[i] = strings.Join(lines[element], "\n")
	}
	return together
}

func (r *refusal) matches(code, message string) bool {
	return r != nil && r.Code == code && matches(r.Message, message)
}

// known says whether deviations explain every part of the difference. An error
// that hides explains what only the other side found.
func (c comparison) known(list []*deviation) bool {
	applies := slices.DeleteFunc(slices.Clone(list), func(d *deviation) bool {
		return len(d.Cases) > 0 && !slices.Contains(d.Cases, c.name) || !matches(d.Set, printSet(c.set)) || d.Beside != "" && !c.bothGive(d.Beside)
	})
	for _, d := range applies {
		if !d.explains() {
			d.used = true
			return true
		}
	}
	var found []*deviation
	hidden := map[bool]bool{} // by side: what the side found may be left unexplained
	unexplained := map[bool]bool{}
	for _, f := range c.findings() {
		i := slices.IndexFunc(applies, f.is)
		if i < 0 {
			unexplained[f.ours] = true
			continue
		}
		found = append(found, applies[i])
		hidden[!f.ours] = hidden[!f.ours] || applies[i].Hides
	}
	if unexplained[true] && !hidden[true] || unexplained[false] && !hidden[false] || len(found) == 0 {
		return false
	}
	for _, d := range found {
		d.used = true
	}
	return true
}

// matches says whether an expression is found in a text; an empty one always is.
func matches(expression, text string) bool {
	return expression == "" || regexp.MustCompile(expression).MatchString(text)
}
