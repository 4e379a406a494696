package compose

import (
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// markUses notes on each field which field sets of its subgraph name it.
func (s *subgraph) markUses() {
	for _, t := range s.types {
		for _, k := range t.keys {
			s.walk(t, k.set, func(owner *typeDef, f *field) {
				f.used, f.inKey = true, true
				f.shareable = f.shareable || owner.kind == ast.Object
				f.usedAsKey = f.usedAsKey || owner == t
			})
		}
		for _, f := range t.fields {
			if f.requires != nil {
				s.walk(t, f.requires.set, func(_ *typeDef, g *field) { g.used, g.required = true, true })
			}
			if f.provides != nil {
				s.walkType(f.typ.Name(), f.provides.set, func(_ *typeDef, g *field) { g.used, g.provided = true, true })
			}
		}
	}
}

// walk visits every field that a field set selects on a type.
func (s *subgraph) walk(t *typeDef, set federation.FieldSet, visit func(*typeDef, *field)) {
	for _, selection := range set {
		if selection.Field == "" {
			on := t
			if selection.On != "" {
				on = s.byName[selection.On]
			}
			if on != nil {
				s.walk(on, selection.Fields, visit)
			}
			continue
		}
		if f := t.field(selection.Field); f != nil {
			visit(t, f)
			s.walkType(f.typ.Name(), selection.Fields, visit)
		}
	}
}

// walkType is walk for a type by name; of a union it walks every member.
func (s *subgraph) walkType(name string, set federation.FieldSet, visit func(*typeDef, *field)) {
	t := s.byName[name]
	if t == nil || len(set) == 0 {
		return
	}
	if t.kind != ast.Union {
		s.walk(t, set, visit)
		return
	}
	for _, member := range t.members {
		if m := s.byName[member]; m != nil {
			s.walk(m, set, visit)
		}
	}
}
