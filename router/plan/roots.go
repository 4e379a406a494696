package plan

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// readRoots notes the response keys at the top of the fetch's operation.
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
	return nil
}
