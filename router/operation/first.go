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

// Below tells whether every field below the operation's first ones passes.
func (d *Document) Below(passes func(typeName, field string) bool) bool {
	return below(d.Op.SelectionSet, passes, true)
}

func below(set ast.SelectionSet, passes func(typeName, field string) bool, root bool) bool {
	for _, selection := range set {
		passed := true
		switch s := selection.(type) {
		case *ast.Field:
			passed = (root || passes(s.ObjectDefinition.Name, s.Name)) && below(s.SelectionSet, passes, false)
		case *ast.InlineFragment:
			passed = below(s.SelectionSet, passes, root)
		case *ast.FragmentSpread:
			passed = below(s.Definition.SelectionSet, passes, root)
		}
		if !passed {
			return false
		}
	}
	return true
}
