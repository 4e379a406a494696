package compose

import "github.com/vektah/gqlparser/v2/ast"

// shareables: Federation, "@shareable": it is for the fields of objects.
func shareables(s *subgraph) Errors {
	r := report{sub: s}
	s.each("shareable", func(a application) {
		if a.def != nil && a.source.Kind == ast.Interface {
			r.add("INVALID_SHAREABLE_USAGE", a.Position, "Invalid use of @%s on field %q: only object type fields can be marked with @shareable.", a.Name, a.coordinate).
				suggest("Put @%s on the field in the types that implement %s.", a.Name, a.typ.name)
		}
	})
	return r.errs
}
