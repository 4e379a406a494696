package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// directiveArguments: GraphQL, "Argument Names", "Argument Uniqueness",
// "Required Arguments" and "Values of Correct Type", for directives.
func directiveArguments(s *subgraph) Errors {
	r := report{sub: s}
	known := s.signatures()
	s.applications(func(a application) {
		sig := known[a.Name]
		if sig == nil {
			return
		}
		seen := map[string]bool{}
		for _, arg := range a.Arguments {
			if seen[arg.Name] {
				r.graphql(arg.Position, "There can be only one argument named %q.", arg.Name)
			}
			seen[arg.Name] = true
			def := sig.arg(arg.Name)
			if def == nil {
				unknownArgument(&r, a, arg, sig)
				continue
			}
			if s.fieldSetRule(a, arg) {
				continue
			}
			if def.typ != nil && !s.acceptsLiteral(def.typ, arg.Value) {
				r.graphql(arg.Position, "Invalid value for \"@%s(%s:)\" of type %q in application of \"@%s\" to %q.", a.Name, arg.Name, def.typ, a.Name, a.coordinate)
			}
			uniqueObjectFields(&r, arg.Value)
		}
		for _, def := range sig.args {
			if !def.optional && !seen[def.name] {
				r.graphql(a.Position, "Directive \"@%s\" argument %q of type %q is required, but it was not provided.", a.Name, def.name, def.typ)
			}
		}
	})
	return r.errs
}

func unknownArgument(r *report, a application, arg *ast.Argument, sig *signature) {
	e := r.graphql(arg.Position, "Unknown argument %q on directive \"@%s\".", arg.Name, a.Name)
	var candidates []string
	for _, def := range sig.args {
		candidates = append(candidates, def.name)
	}
	if guess, ok := closest(arg.Name, candidates); ok {
		e.suggest("Did you mean %q?", guess)
	}
}

// fieldSetRule says whether a rule of its own looks at the value.
func (s *subgraph) fieldSetRule(a application, arg *ast.Argument) bool {
	return arg.Name == "fields" && (a.name == "key" || a.name == "requires" || a.name == "provides") ||
		a.name == "listSize"
}

// acceptsLiteral says whether a constant may stand where a type is asked for.
func (s *subgraph) acceptsLiteral(typ *ast.Type, v *ast.Value) bool {
	if v.Kind == ast.NullValue {
		return !typ.NonNull
	}
	if typ.Elem != nil {
		if v.Kind != ast.ListValue {
			return s.acceptsLiteral(typ.Elem, v)
		}
		for _, child := range v.Children {
			if !s.acceptsLiteral(typ.Elem, child.Value) {
				return false
			}
		}
		return true
	}
	switch typ.NamedType {
	case "Int":
		return v.Kind == ast.IntValue && fitsInt(v.Raw)
	case "Float":
		return v.Kind == ast.IntValue || v.Kind == ast.FloatValue
	case "String":
		return v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	case "Boolean":
		return v.Kind == ast.BooleanValue
	case "ID":
		return v.Kind == ast.StringValue || v.Kind == ast.BlockValue || v.Kind == ast.IntValue
	case "FieldSet", "Scope", "Policy", "ContextFieldValue":
		return s.byName[typ.NamedType] != nil || v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	case "link__Purpose":
		return v.Kind == ast.EnumValue
	}
	return s.acceptsNamed(s.byName[typ.NamedType], v)
}

func (s *subgraph) acceptsNamed(t *typeDef, v *ast.Value) bool {
	switch {
	case t == nil || t.kind == ast.Scalar:
		return true
	case t.kind == ast.Enum:
		return v.Kind == ast.EnumValue && t.value(v.Raw) != nil
	case t.kind != ast.InputObject || v.Kind != ast.ObjectValue:
		return false
	}
	given := map[string]bool{}
	for _, child := range v.Children {
		def := t.input(child.Name)
		if def == nil || !s.acceptsLiteral(def.typ, child.Value) {
			return false
		}
		given[child.Name] = true
	}
	for _, def := range t.inputs {
		if def.typ.NonNull && def.value == nil && !given[def.name] {
			return false
		}
	}
	return true
}

// uniqueObjectFields: GraphQL, "Input Object Field Uniqueness".
func uniqueObjectFields(r *report, v *ast.Value) {
	if v == nil {
		return
	}
	seen := map[string]bool{}
	for _, child := range v.Children {
		if v.Kind == ast.ObjectValue && seen[child.Name] {
			r.graphql(child.Position, "There can be only one input field named %q.", child.Name)
		}
		seen[child.Name] = true
		uniqueObjectFields(r, child.Value)
	}
}
