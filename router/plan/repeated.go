package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// dropRepeated takes out a fetch that the planner made twice: one that stands
// alone among steps that run at once, when another of those makes it, too.
func dropRepeated(s *Step) {
	if s == nil || s.Fetch != nil {
		return
	}
	for _, child := range s.Steps {
		dropRepeated(child)
	}
	for i := len(s.Steps) - 1; s.Parallel && i >= 0 && len(s.Steps) > 1; i-- {
		alone := s.Steps[i].Fetch
		if alone == nil {
			continue
		}
		others := slices.Delete(slices.Clone(s.Steps), i, i+1)
		if slices.ContainsFunc(others, func(other *Step) bool { return other.makes(alone) }) {
			s.Steps = others
		}
	}
	if len(s.Steps) == 1 {
		*s = *s.Steps[0]
	}
}

// makes tells whether a step makes a fetch that asks the same of the same.
func (s *Step) makes(f *Fetch) bool {
	if s.Fetch != nil {
		return s.Fetch.identity() == f.identity()
	}
	return slices.ContainsFunc(s.Steps, func(child *Step) bool { return child.makes(f) })
}

// identity is the same for fetches that ask the same in another order.
func (f *Fetch) identity() string {
	var by []string
	if f.Entity != nil {
		by = append(slices.Sorted(slices.Values(f.Entity.By)), slices.Sorted(slices.Values(f.Entity.With))...)
	}
	return fmt.Sprint(f.Subgraph, f.At, f.Variables, by, sortedQuery(f.Query))
}

// sortedQuery prints the selections of an operation in the order of the alphabet.
func sortedQuery(query string) string {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return query
	}
	return sortedSet(doc.Operations[0].SelectionSet)
}

func sortedSet(set ast.SelectionSet) string {
	parts := make([]string, 0, len(set))
	for _, selection := range set {
		var b strings.Builder
		switch s := selection.(type) {
		case *ast.Field:
			below := s.SelectionSet
			s.SelectionSet = nil
			printField(&b, s)
			if len(below) > 0 {
				b.WriteString(sortedSet(below))
			}
		case *ast.InlineFragment:
			b.WriteString("... on " + s.TypeCondition + sortedSet(s.SelectionSet))
		}
		parts = append(parts, b.String())
	}
	slices.Sort(parts)
	return "{" + strings.Join(slices.Compact(parts), " ") + "}"
}
