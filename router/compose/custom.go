package compose

import (
	"strings"

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
