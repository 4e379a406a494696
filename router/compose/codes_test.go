package compose

import (
	"errors"
	"os"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestCompose_gives_every_code holds the corpus against the error reference: each
// code that a composer can give is the answer to some case, and there is no other.
func TestCompose_gives_every_code(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/codes.yml")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	if err := yaml.Unmarshal(text, &reasons); err != nil {
		t.Fatal(err)
	}
	given := map[string]string{}
	for _, c := range readCorpus(t) {
		_, err := Compose(c.subgraphs)
		var refused Errors
		errors.As(err, &refused)
		for _, e := range refused {
			given[e.Code] = c.name
		}
	}
	for code, reason := range reasons {
		switch name, is := given[code]; {
		case !is && reason == "":
			t.Errorf("no case of the corpus gives %s", code)
		case is && reason != "":
			t.Errorf("%s is said not to be given (%s), but %s gives it", code, reason, name)
		}
	}
	for code, name := range given {
		if _, known := reasons[code]; !known {
			t.Errorf("%s gives %s, which is no code of the error reference", name, code)
		}
	}
}

// TestCompose_errors_have_places: every error and hint of the corpus names the
// subgraph, file, line and column of its culprits.
func TestCompose_errors_have_places(t *testing.T) {
	t.Parallel()
	for _, c := range readCorpus(t) {
		result, err := Compose(c.subgraphs)
		for _, e := range withoutPlace(err) {
			t.Errorf("%s: it lacks a subgraph, file, line or column: %s", c.name, e)
		}
		for _, h := range result.Hints {
			if !placed(h.Locations) {
				t.Errorf("%s: it lacks a subgraph, file, line or column: %s", c.name, h)
			}
		}
	}
}

// withoutPlace are the errors of a composition that do not say where they are.
func withoutPlace(err error) Errors {
	var refused Errors
	errors.As(err, &refused)
	return slices.DeleteFunc(slices.Clone(refused), func(e Error) bool { return placed(e.Locations) })
}

func placed(where []Location) bool {
	return len(where) > 0 && !slices.ContainsFunc(where, func(l Location) bool {
		return l.Subgraph == "" || l.File == "" || l.Line == 0 || l.Column == 0
	})
}
