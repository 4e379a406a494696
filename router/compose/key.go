package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// keys: Federation, "@key".
func keys(s *subgraph) Errors {
	r := report{sub: s}
	s.each("key", func(a application) {
		if a.typ == nil || a.location != ast.LocationObject && a.location != ast.LocationInterface {
			return
		}
		if a.typ.kind == ast.Interface && s.version != federation.V1 && !s.version.AtLeast(federation.V23) {
			r.add("KEY_UNSUPPORTED_ON_INTERFACE", a.Position, "Cannot use @%s on interface %q: Federation %s does not support keys on interfaces.", a.Name, a.typ.name, s.version).
				suggest("Link federation/v2.3 or newer.")
			return
		}
		c := fieldSetCheck{report: &r, prefix: "KEY", on: `type "` + a.typ.name + `"`,
			unknownField: "the field should either be added to this subgraph or, if it should not be resolved by this subgraph, you need to add it to this subgraph with @external"}
		set, ok := c.start(a, s.version == federation.V1)
		if !ok {
			return
		}
		c.check(a.typ, set, false)
		if a.typ.kind == ast.Interface && s.version != federation.V1 {
			s.keyOnImplementations(&c, a, set)
		}
	})
	return r.errs
}

// keyOnImplementations: the types of an interface with a key have the key too.
func (s *subgraph) keyOnImplementations(c *fieldSetCheck, a application, set federation.FieldSet) {
	for _, t := range s.types {
		if t.kind != ast.Object || !slices.Contains(t.interfaces, a.typ.name) {
			continue
		}
		if slices.ContainsFunc(t.keys, func(k key) bool { return sameFieldSet(k.set, set) }) {
			continue
		}
		e := c.add("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", a.Position, "Key @%s(fields: %s) on interface type %q is missing on implementation type %q.", a.Name, c.printed, a.typ.name, t.name)
		e.Locations = append(e.Locations, t.at())
		e.suggest("Add @%s(fields: %s) to %s.", a.Name, c.printed, t.name)
	}
}

// sameFieldSet compares field sets without regard to order.
func sameFieldSet(a, b federation.FieldSet) bool {
	return a.Canonical() == b.Canonical()
}
