package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// implements: GraphQL, "Valid implementation of an interface", within a subgraph.
func implements(s *subgraph) Errors {
	r := report{sub: s}
	for _, t := range s.types {
		if t.interfaceObject {
			continue
		}
		for _, name := range t.interfaces {
			i := s.byName[name]
			if i == nil || i.kind != ast.Interface {
				continue
			}
			if i == t {
				r.graphql(t.pos, "Type %s cannot implement itself because it would create a circular reference.", t.name)
				continue
			}
			for _, above := range i.interfaces {
				if above == t.name {
					r.graphql(t.pos, "Type %s cannot implement %s because it would create a circular reference.", t.name, i.name)
				} else if !slices.Contains(t.interfaces, above) {
					r.graphql(t.pos, "Type %s must implement %s because it is implemented by %s.", t.name, above, i.name)
				}
			}
			s.implementsFields(&r, t, i)
		}
	}
	return r.errs
}

func (s *subgraph) implementsFields(r *report, t, i *typeDef) {
	for _, wanted := range i.fields {
		f := t.field(wanted.name)
		if f == nil {
			r.graphql(t.pos, "Interface field %s expected but %s does not provide it.", wanted.coordinate(), t.name).
				suggest("Add %s: %s to %s.", wanted.name, wanted.typ, t.name)
			continue
		}
		if !s.subtype(f.typ, wanted.typ) {
			r.graphql(f.pos, "Interface field %s expects type %s but %s of type %s is not a proper subtype.", wanted.coordinate(), wanted.typ, f.coordinate(), f.typ)
		}
		for _, a := range wanted.args {
			own := f.arg(a.name)
			if own == nil {
				r.graphql(f.pos, "Interface field argument %s(%s:) expected but %s does not provide it.", wanted.coordinate(), a.name, f.coordinate())
			} else if own.typ.String() != a.typ.String() {
				r.graphql(own.pos, "Interface field argument %s(%s:) expects type %s but %s(%s:) is type %s.", wanted.coordinate(), a.name, a.typ, f.coordinate(), a.name, own.typ)
			}
		}
		for _, a := range f.args {
			if wanted.arg(a.name) == nil && a.typ.NonNull && a.value == nil {
				r.graphql(a.pos, "Object field %s includes required argument %s that is missing from the Interface field %s.", f.coordinate(), a.name, wanted.coordinate())
			}
		}
	}
}

// subtype says whether a field of one type may implement a field of the other:
// GraphQL, "IsValidImplementationFieldType".
func (s *subgraph) subtype(sub, super *ast.Type) bool {
	if super.NonNull && !sub.NonNull {
		return false
	}
	if sub.Elem != nil || super.Elem != nil {
		return sub.Elem != nil && super.Elem != nil && s.subtype(sub.Elem, super.Elem)
	}
	if sub.NamedType == super.NamedType {
		return true
	}
	a, b := s.byName[sub.NamedType], s.byName[super.NamedType]
	return a != nil && b != nil && (slices.Contains(a.interfaces, b.name) || slices.Contains(b.members, a.name))
}
