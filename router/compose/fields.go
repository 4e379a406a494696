package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// mergeFields unites the fields of an object or interface type: what any
// subgraph has, the supergraph has.
func (s *supergraph) mergeFields(t *mergedType) {
	for _, part := range t.parts {
		t.interfaces = appendNew(t.interfaces, part.interfaces...)
		t.hasInterfaceObject = t.hasInterfaceObject || part.interfaceObject
		for _, f := range part.fields {
			merged := t.byField[f.name]
			if merged == nil {
				merged = &mergedField{owner: t, name: f.name}
				t.byField[f.name] = merged
				t.fields = append(t.fields, merged)
			}
			merged.parts = append(merged.parts, f)
			merged.merge(&f.marks)
		}
	}
	for _, f := range t.fields {
		f.typ = s.outputType(f)
		f.args = mergeArguments(f)
		f.takeDescription()
	}
}

// takeDescription prefers the text of the subgraph that took the field over.
func (f *mergedField) takeDescription() {
	entity := slices.ContainsFunc(f.owner.parts, func(t *typeDef) bool { return len(t.keys) > 0 })
	if f.owner.kind != ast.Object || f.description == "" || !entity {
		return
	}
	for _, part := range f.parts {
		if part.override != "" && !part.shareable {
			f.description = part.description
		}
	}
}

// ignoresExternal says whether @external on the field means nothing: Federation
// 1 asked for it on types that are no extensions as well.
func (f *field) ignoresExternal() bool {
	return f.owner.sub.version == federation.V1 && !f.owner.extends
}

// outputType is the most general type that the subgraphs give a field.
func (s *supergraph) outputType(f *mergedField) *ast.Type {
	var typ *ast.Type
	for _, part := range f.parts {
		if part.external && !part.ignoresExternal() {
			continue
		}
		typ = s.general(typ, part.typ)
	}
	if typ == nil {
		for _, part := range f.parts {
			typ = s.general(typ, part.typ)
		}
	}
	return typ
}

// general is the type that takes every value of both: output types are
// covariant. Where neither takes the other's values, a check refuses the field.
func (s *supergraph) general(a, b *ast.Type) *ast.Type {
	if a == nil || a == b {
		return b
	}
	if b == nil {
		return a
	}
	nonNull := a.NonNull && b.NonNull
	if a.Elem != nil && b.Elem != nil {
		return &ast.Type{Elem: s.general(a.Elem, b.Elem), NonNull: nonNull, Position: a.Position}
	}
	name := a.NamedType
	if b.NamedType != a.NamedType && s.isSubtype(a.NamedType, b.NamedType) {
		name = b.NamedType
	}
	return &ast.Type{NamedType: name, Elem: a.Elem, NonNull: nonNull, Position: a.Position}
}

// isSubtype says whether every value of one type is one of the other.
func (s *supergraph) isSubtype(name, of string) bool {
	if name == of {
		return true
	}
	super := s.byName[of]
	if super == nil {
		return false
	}
	for _, part := range super.parts {
		if slices.Contains(part.members, name) {
			return true
		}
	}
	if t := s.byName[name]; t != nil {
		for _, part := range t.parts {
			if slices.Contains(part.interfaces, of) {
				return true
			}
		}
	}
	return false
}

// mergeArguments keeps the arguments that every subgraph with the field has.
func mergeArguments(f *mergedField) []*mergedInput {
	var merged []*mergedInput
	for _, part := range f.parts {
		for _, a := range part.args {
			if slices.ContainsFunc(merged, func(m *mergedInput) bool { return m.name == a.name }) {
				continue
			}
			m := &mergedInput{name: a.name}
			for _, p := range f.parts {
				if in := p.arg(a.name); in != nil {
					m.parts = append(m.parts, inputPart{in, p.owner.sub})
				}
			}
			m.mergeParts(len(f.parts))
			merged = append(merged, m)
		}
	}
	return merged
}

// mergeParts gives an input the strictest type of its parts: inputs are
// contravariant.
func (m *mergedInput) mergeParts(subgraphs int) {
	m.everywhere = len(m.parts) == subgraphs
	for _, p := range m.parts {
		m.merge(&p.marks)
		m.typ = strict(m.typ, p.typ)
		m.contextual = m.contextual || p.fromContext != nil
		if p.value != nil {
			m.value = p.value
		}
	}
}

func strict(a, b *ast.Type) *ast.Type {
	if a == nil {
		return b
	}
	if a.Elem != nil && b.Elem != nil {
		return &ast.Type{Elem: strict(a.Elem, b.Elem), NonNull: a.NonNull || b.NonNull, Position: a.Position}
	}
	return &ast.Type{NamedType: a.NamedType, Elem: a.Elem, NonNull: a.NonNull || b.NonNull, Position: a.Position}
}
