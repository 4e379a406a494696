package operation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Denied are the fields of a document that a caller may not see, by their
// coordinates ("User.email"), each with the code of the error that says so. Nil
// is none.
type Denied map[string]Code

// key is the same for callers who are denied the same.
func (d Denied) key() string {
	parts := make([]string, 0, len(d))
	for coordinate, code := range d {
		parts = append(parts, coordinate+" "+string(code))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// Coordinates are the fields that the document asks for, each once, in no order.
func (d *Document) Coordinates() [][2]string { return d.coordinates }

// coordinates collects the fields of a document, whose definitions validation
// has found.
func coordinates(doc *ast.QueryDocument) [][2]string {
	var found [][2]string
	seen := map[[2]string]bool{}
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if s.ObjectDefinition == nil {
					continue
				}
				if at := [2]string{s.ObjectDefinition.Name, s.Name}; !seen[at] {
					seen[at] = true
					found = append(found, at)
				}
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				walk(s.SelectionSet)
			}
		}
	}
	for _, op := range doc.Operations {
		walk(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		walk(f.SelectionSet)
	}
	return found
}
