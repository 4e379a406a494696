package compose

import "github.com/vektah/gqlparser/v2/ast"

// access: Federation, "@authenticated", "@requiresScopes" and "@policy": on an
// interface they follow from its implementations and cannot be asked for.
func access(s *subgraph) Errors {
	r := report{sub: s}
	s.applications(func(a application) {
		if a.name != "authenticated" && a.name != "requiresScopes" && a.name != "policy" || a.typ == nil {
			return
		}
		var place string
		switch {
		case a.location == ast.LocationFieldDefinition && a.source.Kind == ast.Interface:
			place = "field"
		case a.location == ast.LocationInterface:
			place = "interface"
		case a.location == ast.LocationObject && a.typ.interfaceObject:
			place = "interface object"
		default:
			return
		}
		r.add("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", a.Position, "Invalid use of @%s on %s %q: it cannot be applied on interfaces, interface fields and interface objects.", a.Name, place, a.coordinate).
			suggest("Put @%s on the types that implement %s.", a.Name, a.typ.name)
	})
	return r.errs
}
