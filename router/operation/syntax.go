package operation

import "github.com/vektah/gqlparser/v2/ast"

// Canonical is what is selected of the root, in the order of the text: as if the
// text were parsed.
func (n *Normalized) Canonical() ast.SelectionSet { return syntax(n.canonical) }

// Selections is what is selected of the root under the keys of the text, in the
// order in which the client wrote it.
func (n *Normalized) Selections() ast.SelectionSet { return syntax(n.selections) }

func syntax(set []*selection) ast.SelectionSet {
	out := appendSyntax(make(ast.SelectionSet, 0, len(set)), set)
	if len(out) == 0 {
		out = append(out, &ast.Field{Alias: nothing, Name: typename})
	}
	return out
}

func appendSyntax(out ast.SelectionSet, set []*selection) ast.SelectionSet {
	fields := make([]ast.Field, len(set)) // one piece of memory
	for i, s := range set {
		switch {
		case s.isDeferred():
			out = appendSyntax(out, s.below)
		case !s.isField():
			out = append(out, &ast.InlineFragment{TypeCondition: s.on, SelectionSet: syntax(s.below)})
		default:
			s.syntax(&fields[i])
			out = append(out, &fields[i])
		}
	}
	return out
}

// syntax makes a field as it stands in the text.
func (s *selection) syntax(f *ast.Field) {
	f.Alias, f.Name = s.key, s.name
	for i, variable := range s.inputs {
		f.Arguments = append(f.Arguments, &ast.Argument{Name: s.arguments()[i].Name, Value: &ast.Value{Kind: ast.Variable, Raw: variable}})
	}
	if s.include != "" {
		f.Directives = ast.DirectiveList{including(s.include)}
	}
	if s.below != nil && s.name != typename {
		f.SelectionSet = syntax(s.below)
	}
}

// including is the directive that includes a field if a variable is true.
func including(variable string) *ast.Directive {
	return &ast.Directive{Name: "include", Arguments: ast.ArgumentList{{Name: "if", Value: &ast.Value{Kind: ast.Variable, Raw: variable}}}}
}
