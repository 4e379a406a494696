package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// interfaceFieldsImplemented: a type has the fields that its interface has in
// any subgraph.
func interfaceFieldsImplemented(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		for _, name := range t.interfaces {
			i := super.byName[name]
			if i == nil || i.kind != ast.Interface {
				continue
			}
			for _, f := range i.fields {
				if own := t.field(f.name); own == nil || own.fromInterface != nil && !f.byInterfaceObject() {
					errs = append(errs, unimplemented(t, f))
				}
			}
		}
	}
	return errs
}

// byInterfaceObject says whether an interface object resolves the field.
func (f *mergedField) byInterfaceObject() bool {
	return slices.ContainsFunc(f.parts, func(p *field) bool { return p.owner.interfaceObject && !p.external })
}

func unimplemented(t *mergedType, f *mergedField) Error {
	e := Error{Code: "INTERFACE_FIELD_NO_IMPLEM", Locations: f.locations()}
	var declared, implementing []*subgraph
	for _, p := range f.parts {
		declared = append(declared, p.owner.sub)
	}
	for _, part := range t.parts {
		if slices.Contains(part.interfaces, f.owner.name) {
			implementing = append(implementing, part.sub)
			e.Locations = append(e.Locations, part.at())
		}
	}
	e.Message = fmt.Sprintf("Interface field %q is declared in %s but type %q, which implements %q in %s, does not have field %q.", f.coordinate(), inSubgraphs(declared), t.name, f.owner.name, inSubgraphs(implementing), f.name)
	e.Suggestion = fmt.Sprintf("Add %s: %s to %s in %s.", f.name, f.typ, t.name, inSubgraphs(implementing))
	return e
}

// interfaceFieldTypes: after merging, a type still implements its interface.
func interfaceFieldTypes(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		for _, name := range t.interfaces {
			i := super.byName[name]
			if i == nil || i.kind != ast.Interface {
				continue
			}
			for _, wanted := range i.fields {
				if f := t.field(wanted.name); f != nil && !super.covers(wanted.typ, f.typ) {
					errs = append(errs, Error{Code: "INVALID_GRAPHQL", Locations: append(f.locations(), wanted.locations()...),
						Message: fmt.Sprintf("Interface field %s expects type %s but %s of type %s is not a proper subtype.", wanted.coordinate(), wanted.typ, f.coordinate(), f.typ)})
				}
			}
		}
	}
	return errs
}

// interfaceKeysComplete: a subgraph that resolves an interface by key has every
// type that implements it.
func interfaceKeysComplete(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Interface {
			continue
		}
		for _, part := range t.parts {
			if part.interfaceObject || len(part.keys) == 0 || !part.sub.version.AtLeast(federation.V23) ||
				!slices.ContainsFunc(part.keys, func(k key) bool { return k.resolvable }) {
				continue
			}
			var missing []string
			for _, o := range t.implementers {
				if own := o.part(part.sub); own == nil || !slices.Contains(own.interfaces, t.name) {
					missing = append(missing, `"`+o.name+`"`)
				}
			}
			if len(missing) == 0 {
				continue
			}
			errs = append(errs, Error{Code: "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", Locations: []Location{part.sub.at(part.keys[0].pos)},
				Message:    fmt.Sprintf("[%s] Interface type %q has a resolvable key (@key(fields: %q)) in subgraph %q but that subgraph is missing some of the supergraph implementation types of %q: %s.", part.sub.name, t.name, part.keys[0].text, part.sub.name, t.name, and(missing)),
				Suggestion: fmt.Sprintf("Define %s in subgraph %q and have it implement %s.", and(missing), part.sub.name, t.name)})
		}
	}
	return errs
}
