package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// groups sorts the parts of an element by how they differ, in words.
type groups struct {
	keys  []string
	in    map[string][]*subgraph
	where []Location
}

func (g *groups) add(key string, sub *subgraph, pos *ast.Position) {
	if g.in == nil {
		g.in = map[string][]*subgraph{}
	}
	g.keys = appendNew(g.keys, key)
	g.in[key] = append(g.in[key], sub)
	g.where = append(g.where, sub.at(pos))
}

// describe: it has type "A" in subgraph "a" but type "B" in subgraph "b".
func (g *groups) describe(what string) string {
	text := ""
	for i, key := range g.keys {
		switch i {
		case 0:
		case 1:
			text += " but "
		default:
			text += " and "
		}
		text += what + " " + key + " in " + inSubgraphs(g.in[key])
	}
	return text
}

// fieldTypes: the types of a field, of an output or an input, have one that
// takes them all.
func fieldTypes(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind == ast.Object || t.kind == ast.Interface {
			for _, f := range t.fields {
				if e, bad := super.outputMismatch(f); bad {
					errs = append(errs, e)
				}
			}
		}
		for _, i := range t.inputs {
			if g := i.typeGroups(); len(g.keys) > 1 {
				errs = append(errs, Error{Code: "FIELD_TYPE_MISMATCH", Locations: g.where,
					Message: fmt.Sprintf("Type of field \"%s.%s\" is incompatible across subgraphs: it has %s.", t.name, i.name, g.describe("type"))})
			}
		}
	}
	return errs
}

func (s *supergraph) outputMismatch(f *mergedField) (Error, bool) {
	if len(f.parts) < 2 {
		return Error{}, false
	}
	var g groups
	bad := false
	for _, p := range f.parts {
		g.add(`"`+p.typ.String()+`"`, p.owner.sub, p.typ.Position)
		bad = bad || !s.covers(f.typ, p.typ)
	}
	if !bad {
		return Error{}, false
	}
	return Error{Code: "FIELD_TYPE_MISMATCH", Locations: g.where,
		Message: fmt.Sprintf("Type of field %q is incompatible across subgraphs: it has %s.", f.coordinate(), g.describe("type"))}, true
}

// covers says whether an output of the second type is one of the first.
func (s *supergraph) covers(general, special *ast.Type) bool {
	if general.NonNull && !special.NonNull {
		return false
	}
	if general.Elem != nil || special.Elem != nil {
		return general.Elem != nil && special.Elem != nil && s.covers(general.Elem, special.Elem)
	}
	return s.isSubtype(special.NamedType, general.NamedType)
}

// typeGroups sorts the parts of an input by type; those that the merged type
// is strict enough for count as it.
func (m *mergedInput) typeGroups() groups {
	var g groups
	if len(m.parts) < 2 {
		return g
	}
	for _, p := range m.parts {
		typ := p.typ
		if stricter(m.typ, typ) {
			typ = m.typ
		}
		g.add(`"`+typ.String()+`"`, p.sub, p.typ.Position)
	}
	return g
}

// stricter says whether every value of the first type is one of the second.
func stricter(a, b *ast.Type) bool {
	if b.NonNull && !a.NonNull {
		return false
	}
	if a.Elem != nil || b.Elem != nil {
		return a.Elem != nil && b.Elem != nil && stricter(a.Elem, b.Elem)
	}
	return a.NamedType == b.NamedType
}
