package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// printValue writes a constant value with spaces between its elements.
func printValue(v *ast.Value) string {
	switch v.Kind {
	case ast.ListValue:
		parts := make([]string, len(v.Children))
		for i, child := range v.Children {
			parts[i] = printValue(child.Value)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case ast.ObjectValue:
		parts := make([]string, len(v.Children))
		for i, child := range v.Children {
			parts[i] = child.Name + ": " + printValue(child.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return v.String()
}

func printDirective(d *ast.Directive) string {
	if len(d.Arguments) == 0 {
		return "@" + d.Name
	}
	parts := make([]string, len(d.Arguments))
	for i, a := range d.Arguments {
		parts[i] = a.Name + ": " + printValue(a.Value)
	}
	return "@" + d.Name + "(" + strings.Join(parts, ", ") + ")"
}

// mergedDefault is the default value of an input: every subgraph must have one,
// and a check sees to it that all are equal. An argument of a directive has any.
func (m *mergedInput) mergedDefault() *ast.Value {
	if m.ofDirective {
		return m.value
	}
	for _, p := range m.parts {
		if p.value == nil {
			return nil
		}
	}
	return m.value
}
