package compose

import "github.com/vektah/gqlparser/v2/ast"

const addExternal = "if the field is defined in another subgraph, you need to add it to this subgraph with @external"

// requires: Federation, "@requires".
func requires(s *subgraph) Errors {
	r := report{sub: s}
	s.each("requires", func(a application) {
		if a.field == nil || a.location != ast.LocationFieldDefinition {
			return
		}
		if a.source.Kind == ast.Interface {
			r.add("REQUIRES_UNSUPPORTED_ON_INTERFACE", a.Position, "Cannot use @%s on field %q of parent type %q: @requires is not yet supported within interfaces.", a.Name, a.coordinate, a.typ.name)
			return
		}
		c := fieldSetCheck{report: &r, prefix: "REQUIRES", on: `field "` + a.coordinate + `"`, arguments: true, abstract: true, external: true, unknownField: addExternal}
		if set, ok := c.start(a, false); ok {
			c.check(a.typ, set, false)
		}
	})
	return r.errs
}
