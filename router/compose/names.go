package compose

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	lowerUpper = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	upperWord  = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
	separators = regexp.MustCompile(`[^A-Za-z0-9]+`)
)

// graphID turns the name of a subgraph into a value of join__Graph.
func graphID(name string) string {
	id := lowerUpper.ReplaceAllString(separators.ReplaceAllString(name, "_"), "${1}_${2}")
	id = upperWord.ReplaceAllString(id, "${1}_${2}")
	id = strings.ToUpper(strings.Trim(id, "_"))
	if id == "" {
		return "_"
	}
	if name[0] >= '0' && name[0] <= '9' {
		return "_" + id + "_"
	}
	return id
}

// assignIDs gives each subgraph its id. Names that would collide are numbered.
func assignIDs(subs []*subgraph) {
	seen := map[string][]*subgraph{}
	for _, s := range subs {
		id := graphID(s.name)
		s.id = id
		if n := len(seen[id]); n > 0 {
			seen[id][0].id = id + "_1"
			s.id = fmt.Sprintf("%s_%d", id, n+1)
		}
		seen[id] = append(seen[id], s)
	}
}

// sortSubgraphs puts subgraphs in the order of their ids, underscores first.
func sortSubgraphs(subs []*subgraph) {
	rank := func(id string) string { return strings.ReplaceAll(id, "_", " ") }
	slices.SortFunc(subs, func(a, b *subgraph) int {
		return cmp.Or(cmp.Compare(rank(a.id), rank(b.id)), cmp.Compare(a.name, b.name))
	})
}
