package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// findComposed lists the custom directives that @composeDirective carries into
// the supergraph.
func (s *subgraph) findComposed() {
	s.composed = map[string]bool{}
	for _, d := range s.schemaDirectives() {
		if !s.is(d, "composeDirective") {
			continue
		}
		name, _ := federation.StringArgument(d, "name")
		name = strings.TrimPrefix(name, "@")
		for _, def := range s.directives {
			if def.Name == name {
				s.composed[name] = true
			}
		}
	}
}

// customDirectives: Federation, "@composeDirective": what it names is defined in
// the schema and belongs to a linked specification.
func customDirectives(s *subgraph) Errors {
	r := report{sub: s}
	for _, d := range s.schemaDirectives() {
		if !s.is(d, "composeDirective") {
			continue
		}
		given, ok := federation.StringArgument(d, "name")
		if !ok {
			continue
		}
		name := strings.TrimPrefix(given, "@")
		if !slices.ContainsFunc(s.doc.Directives, func(def *ast.DirectiveDefinition) bool { return def.Name == name }) {
			r.add("DIRECTIVE_COMPOSITION_ERROR", d.Position, "Could not find matching directive definition for argument to @composeDirective \"@%s\" in subgraph %q.", name, s.name).
				suggest("Define directive @%s in this schema.", name)
			continue
		}
		linked := slices.ContainsFunc(s.links, func(l federation.Link) bool {
			return l.Identity != federation.Identity && slices.ContainsFunc(l.Imports, func(i federation.Import) bool { return i.As == "@"+name })
		})
		if !linked {
			r.add("DIRECTIVE_COMPOSITION_ERROR", d.Position, "Directive \"@%s\" in subgraph %q cannot be composed because it is not a member of a core feature.", name, s.name).
				suggest("Add a @link to the specification of @%s that imports it.", name)
		}
	}
	return r.errs
}
