package differential_test

import (
	"os"
	"regexp"
	"sync/atomic"
	"testing"

	"gopkg.in/yaml.v3"
)

// deviation is a known difference.
type deviation struct {
	Name       string
	Graph      string
	Difference string
	Request    string
	Reason     string

	difference, request *regexp.Regexp
	used                atomic.Bool
}

func readDeviations(t *testing.T, file string) []*deviation {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []*deviation
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, d := range list {
		if d.Name == "" || d.Reason == "" || d.Difference == "" {
			t.Fatalf("%s: %q needs a name, a difference and a reason", file, d.Name)
		}
		d.difference, d.request = regexp.MustCompile(d.Difference), regexp.MustCompile(d.Request)
	}
	return list
}

// explained tells whether a difference is one of the deviations.
func explained(list []*deviation, graph, request, difference string) bool {
	for _, d := range list {
		if (d.Graph == "" || d.Graph == graph) && d.request.MatchString(request) && d.difference.MatchString(difference) {
			d.used.Store(true)
			return true
		}
	}
	return false
}
