package operation

import "github.com/vektah/gqlparser/v2/ast"

// First is the name of the operation's first field; of a subscription it is the
// only one (specification, section 5.2.3.1).
func (d *Document) First() string { return first(d.Op.SelectionSet) }

func first(set ast.SelectionSet) string {
	if len(set) == 0 {
		return ""
	}
	switch s := set[0].(type) {
	case *ast.Field:
		return s.Name
	case *ast.InlineFragment:
		return first(s.SelectionSet)
	case *ast.FragmentSpread:
		return first(s.Definition.SelectionSet)
	}
	return ""
}
