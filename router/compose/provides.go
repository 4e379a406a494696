package compose

import (
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// provides: Federation, "@provides".
func provides(s *subgraph) Errors {
	r := report{sub: s}
	s.each("provides", func(a application) {
		if a.field == nil || a.location != ast.LocationFieldDefinition {
			return
		}
		if a.field.external && s.version != federation.V1 {
			r.add("EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", a.Position, "Cannot have both @%s and @external on field %q: who does not resolve a field brings nothing along with it.", a.Name, a.coordinate).
				suggest("Remove one of the two.")
			return
		}
		target := s.byName[a.field.typ.Name()]
		if target == nil || target.kind != ast.Object && target.kind != ast.Interface && target.kind != ast.Union {
			r.add("PROVIDES_ON_NON_OBJECT_FIELD", a.Position, "Invalid @%s directive on field %q: field has type %q which is not a Composite Type.", a.Name, a.coordinate, a.field.typ)
			return
		}
		if a.source.Kind == ast.Interface {
			r.add("PROVIDES_UNSUPPORTED_ON_INTERFACE", a.Position, "Cannot use @%s on field %q of parent type %q: @provides is not yet supported within interfaces.", a.Name, a.coordinate, a.typ.name)
			return
		}
		c := fieldSetCheck{report: &r, prefix: "PROVIDES", on: `field "` + a.coordinate + `"`, abstract: true, external: true, unknownField: addExternal}
		if set, ok := c.start(a, false); ok {
			c.inner(target, set, false)
		}
	})
	return r.errs
}
