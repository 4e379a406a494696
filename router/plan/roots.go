package plan

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/operation"
)

// readRoots notes the response keys at the top of the fetch's operation, and the
// conditions under which it asks for anything.
func readRoots(f *Fetch) error {
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Query})
	if err != nil {
		return fmt.Errorf("read the planner's operation %q: %w", f.Query, err)
	}
	set := doc.Operations[0].SelectionSet
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok {
			f.Roots = append(f.Roots, field.Alias)
		}
	}
	if f.Entity != nil && len(set) == 1 {
		set = set[0].(*ast.Field).SelectionSet
	}
	if conditions, always := openConditions(set, nil); !always {
		f.If = conditions
	}
	return nil
}

// openConditions are the conditions of the fields at the top of a selection;
// always tells that one has none.
func openConditions(set ast.SelectionSet, found []int) (_ []int, always bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			index, _, open := operation.Conditional(s.Alias)
			switch {
			case open && !slices.Contains(found, index):
				found = append(found, index)
			case !open && s.Alias != "__typename":
				return nil, true
			}
		case *ast.InlineFragment:
			if found, always = openConditions(s.SelectionSet, found); always {
				return nil, true
			}
		}
	}
	return found, len(found) == 0
}
