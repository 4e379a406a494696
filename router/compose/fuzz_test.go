package compose

import (
	"strings"
	"testing"
)

// FuzzCompose: whatever the subgraphs say, Compose answers, and what it accepts
// can be read again and is the same for the same input. Subgraphs are apart by a
// line of dashes.
func FuzzCompose(f *testing.F) {
	for _, c := range readCorpus(f) {
		var sdls []string
		for _, s := range c.subgraphs {
			sdls = append(sdls, s.SDL)
		}
		f.Add(strings.Join(sdls, "---\n"))
	}
	f.Add("type Query { a" + strings.Repeat("(x: [", 500))
	f.Add("\"\"\"" + strings.Repeat("{", 500) + "\"\"\" type Query { a: Int }")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip("longer inputs only find the same, slower")
		}
		var set []Subgraph
		for i, sdl := range strings.SplitN(text, "---\n", 5) {
			set = append(set, Subgraph{Name: string(rune('a' + i)), URL: "http://subgraph", SDL: sdl})
		}
		result, err := Compose(set)
		if lost := withoutPlace(err); len(lost) > 0 {
			t.Errorf("these errors do not say where they are: %s", lost)
		}
		if err != nil {
			return
		}
		if _, err := normalForm(result.Supergraph); err != nil {
			t.Errorf("the supergraph cannot be read: %v\n%s", err, result.Supergraph)
		}
		if again, err := Compose(set); err != nil || again.Supergraph != result.Supergraph || again.API != result.API {
			t.Errorf("composing again gives something else: %v", err)
		}
	})
}
