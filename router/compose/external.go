package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// externals: Federation, "@external": it is used for something, and stands on
// nothing that is merged.
func externals(s *subgraph) Errors {
	if s.version == federation.V1 {
		return nil
	}
	r := report{sub: s}
	for _, t := range s.types {
		if t.kind == ast.Interface && !t.interfaceObject {
			s.externalOnInterface(&r, t)
			continue
		}
		for _, f := range t.fields {
			if !f.external {
				continue
			}
			s.mergedOnExternal(&r, f)
			if !t.extends && !s.hasUse(f) {
				r.add("EXTERNAL_UNUSED", s.externalPosition(f), "Field %q is marked @external but is not used in any federation directive (@key, @provides, @requires) or to satisfy an interface; the field declaration has no use and should be removed (or the field should not be @external).", f.coordinate()).
					suggest("Remove %s, or its @external.", f.coordinate())
			}
		}
	}
	return r.errs
}

func (s *subgraph) externalPosition(f *field) *ast.Position {
	if d := s.find(f.def.Directives, "external"); d != nil {
		return d.Position
	}
	return f.pos
}

// mergedOnExternal: what is merged belongs where the field is resolved.
func (s *subgraph) mergedOnExternal(r *report, f *field) {
	for _, d := range f.def.Directives {
		if s.is(d, "tag") || s.is(d, "inaccessible") {
			r.add("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", d.Position, "Cannot apply merged directive %s to external field %q.", printDirective(d), f.coordinate()).
				suggest("Put it where %s is resolved.", f.coordinate())
		}
	}
}

func (s *subgraph) externalOnInterface(r *report, t *typeDef) {
	for _, f := range t.fields {
		if d := s.find(f.def.Directives, "external"); d != nil {
			r.add("EXTERNAL_ON_INTERFACE", d.Position, "Interface type field %q is marked @external but @external is not allowed on interface fields: they are resolved by nobody.", f.coordinate()).
				suggest("Remove @external.")
		}
	}
}

// implementsSome says whether an interface of the type has the field.
func (s *subgraph) implementsSome(f *field) bool {
	return slices.ContainsFunc(f.owner.interfaces, func(name string) bool {
		i := s.byName[name]
		return i != nil && i.field(f.name) != nil
	})
}

// onlyUnusedExternals: a Federation 1 extension that is of use here has a field
// that is. Federation 1 put up with external fields that nothing uses; they are
// left out, which leaves nothing of such a type.
func onlyUnusedExternals(s *subgraph) Errors {
	if s.version != federation.V1 {
		return nil
	}
	r := report{sub: s}
	for _, t := range s.types {
		if t.kind != ast.Object || !t.isExtension() || t.isRoot() || len(t.fields) == 0 || slices.ContainsFunc(t.fields, s.hasUse) {
			continue
		}
		if s.referred(t) {
			r.add("TYPE_WITH_ONLY_UNUSED_EXTERNAL", t.pos, "Type %q contains only external fields, and no @key, @provides or @requires uses any of them.", t.name).
				suggest("Remove @external from what this subgraph resolves, or give %s a @key.", t.name)
		}
	}
	return r.errs
}

// hasUse says whether a field is resolved here, or external for a reason.
func (s *subgraph) hasUse(f *field) bool { return !f.external || f.used || s.implementsSome(f) }

// referred says whether a union or a field that has a use names the type.
func (s *subgraph) referred(t *typeDef) bool {
	return slices.ContainsFunc(s.types, func(other *typeDef) bool {
		return slices.Contains(other.members, t.name) || slices.ContainsFunc(other.fields, func(f *field) bool { return f.typ.Name() == t.name && s.hasUse(f) })
	})
}
