package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// definitions: a schema may define the specification's directives itself, but as
// the specification has them.
func definitions(s *subgraph) Errors {
	r := report{sub: s}
	for _, def := range s.doc.Directives {
		if d := federation.Directive(s.canonical[def.Name]); d != nil {
			s.sameDefinition(&r, def, d)
		}
	}
	for _, def := range s.doc.Definitions {
		if s.version != federation.V1 && def.Kind != ast.Scalar && s.isSpecType(def.Name) {
			r.add("TYPE_DEFINITION_INVALID", def.Position, "Invalid definition for type %s: %s should be a ScalarType but is defined as %s.", def.Name, def.Name, def.Kind)
		}
	}
	return r.errs
}

func (s *subgraph) isSpecType(name string) bool {
	return slices.ContainsFunc(federation.Types, func(t federation.Type) bool {
		local, _ := s.federation.LocalType(t.Name)
		return name == local
	})
}

func (s *subgraph) sameDefinition(r *report, def *ast.DirectiveDefinition, d *federation.Definition) {
	refuse := func(pos *ast.Position, format string, args ...any) {
		r.add("DIRECTIVE_DEFINITION_INVALID", pos, "Invalid definition for directive \"@"+def.Name+"\": "+format, args...)
	}
	for _, want := range d.ArgumentsIn(s.version) {
		typ := parseType(want.Type)
		got := def.Arguments.ForName(want.Name)
		if got == nil {
			if typ.NonNull {
				refuse(def.Position, "missing required argument %q.", want.Name)
			}
			continue
		}
		if want.Type == "FieldSet!" && !s.isFieldSetType(got.Type) {
			refuse(got.Position, "argument %q should have type %q but found type %q.", want.Name, want.Type, got.Type)
		}
		if want.Type == "Boolean" && want.Default != "" && (got.DefaultValue == nil || got.DefaultValue.Raw != want.Default) {
			found := "null"
			if got.DefaultValue != nil {
				found = got.DefaultValue.Raw
			}
			refuse(got.Position, "argument %q should have default value %s but found default value %s.", want.Name, want.Default, found)
		}
	}
	if !slices.ContainsFunc(def.Locations, func(l ast.DirectiveLocation) bool { return slices.Contains(d.Locations, l) }) {
		refuse(def.Position, "it should have locations %v, but found %v.", d.Locations, def.Locations)
	}
}

// isFieldSetType lists what schema printers write for the type of a field set.
func (s *subgraph) isFieldSetType(t *ast.Type) bool {
	text := t.String()
	allowed := []string{"FieldSet!", "federation__FieldSet!", "_FieldSet!", "[String!]!", "String!"}
	if s.version == federation.V1 {
		allowed = []string{"_FieldSet!", "String", "String!"}
	} else {
		local, _ := s.federation.LocalType("FieldSet")
		allowed = append(allowed, local+"!")
	}
	for _, a := range allowed {
		if text == a || text == "["+a+"]!" {
			return true
		}
	}
	return false
}
