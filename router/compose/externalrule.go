package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// externalHasOwner: what is external in some subgraphs is resolved by another.
func externalHasOwner(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			if f.fromInterface != nil || !f.externalEverywhere() || super.resolvedByInterfaceObject(f) {
				continue
			}
			var in []*subgraph
			for _, p := range f.parts {
				in = append(in, p.owner.sub)
			}
			errs = append(errs, Error{Code: "EXTERNAL_MISSING_ON_BASE", Locations: f.locations(),
				Message:    fmt.Sprintf("Field %q is marked @external on all the subgraphs in which it is listed (%s).", f.coordinate(), inSubgraphs(in)),
				Suggestion: fmt.Sprintf("Add %s without @external to the subgraph that resolves it.", f.coordinate())})
		}
	}
	return errs
}

func (f *mergedField) externalEverywhere() bool {
	return !slices.ContainsFunc(f.parts, func(p *field) bool {
		switch {
		case p.usedAsKey:
			return !p.external || p.owner.extended
		case p.owner.sub.version.Major == 1:
			return !p.external || !p.used
		}
		return !p.external
	})
}

// resolvedByInterfaceObject says whether an interface object resolves the field
// for the types of its interface.
func (s *supergraph) resolvedByInterfaceObject(f *mergedField) bool {
	for _, name := range f.owner.interfaces {
		i := s.byName[name]
		if i == nil || !i.hasInterfaceObject {
			continue
		}
		above := i.field(f.name)
		if above != nil && slices.ContainsFunc(above.parts, func(p *field) bool { return p.owner.interfaceObject && !p.external }) {
			return true
		}
	}
	return false
}

// externalTypes: an external field has the type of the real one.
func externalTypes(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			if e, bad := f.externalMismatch(); bad {
				errs = append(errs, e)
			}
		}
	}
	return errs
}

func (f *mergedField) externalMismatch() (Error, bool) {
	var owners []*subgraph
	var other groups
	for _, p := range f.parts {
		if p.usedAsKey {
			return Error{}, false
		}
		if p.external && !p.ignoresExternal() && p.typ.String() != f.typ.String() {
			other.add(`"`+p.typ.String()+`"`, p.owner.sub, p.typ.Position)
		} else {
			owners = append(owners, p.owner.sub)
		}
	}
	if len(owners) == 0 || len(other.keys) == 0 {
		return Error{}, false
	}
	return Error{Code: "EXTERNAL_TYPE_MISMATCH", Locations: f.locations(),
		Message:    fmt.Sprintf("Type of field %q is incompatible across subgraphs (where marked @external): it has type %q in %s but %s.", f.coordinate(), f.typ, inSubgraphs(owners), other.describe("type")),
		Suggestion: fmt.Sprintf("Give %s the type %s where it is @external.", f.coordinate(), f.typ)}, true
}
