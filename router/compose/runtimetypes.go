package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// runtimeTypes: Federation, "@shareable": subgraphs that share a field give the
// same value, so an abstract one is of a type that all of them know.
func runtimeTypes(super *supergraph) Errors {
	var errs Errors
	super.eachShared(func(f *mergedField, common []string, differ bool, words string) {
		if len(common) == 0 {
			errs = append(errs, Error{Code: "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", Locations: f.locations(),
				Message:    fmt.Sprintf("The shared field %q has no possible type in common between the subgraphs that resolve it, so they cannot give the same value: %s.", f.coordinate(), words),
				Suggestion: fmt.Sprintf("Give %s types in common, or let one subgraph resolve it.", f.typ.Name())})
		}
	})
	return errs
}

// runtimeTypesDiffer: a shared field that may be of a type only some know.
func runtimeTypesDiffer(super *supergraph) []Hint {
	var found []Hint
	super.eachShared(func(f *mergedField, common []string, differ bool, words string) {
		if differ {
			found = append(found, Hint{Code: "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN", Locations: f.locations(),
				Message: fmt.Sprintf("The shared field %q has different possible types in different subgraphs: %s.", f.coordinate(), words)})
		}
	})
	return found
}

// eachShared visits the abstract fields that several subgraphs resolve, with the
// objects that all of them may give, and in words which each may.
func (s *supergraph) eachShared(visit func(f *mergedField, common []string, differ bool, words string)) {
	for _, t := range s.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			target := s.byName[f.typ.Name()]
			if target == nil || target.kind != ast.Interface && target.kind != ast.Union {
				continue
			}
			if g, common := s.runtimeGroups(f); len(g.where) > 1 {
				visit(f, common, len(g.keys) > 1, g.describe("types"))
			}
		}
	}
}

// runtimeGroups sorts the subgraphs that resolve a field by the objects that it
// may be there.
func (s *supergraph) runtimeGroups(f *mergedField) (g groups, common []string) {
	overridden := s.overriddenIn(f)
	for _, p := range f.parts {
		sub := p.owner.sub
		local := sub.byName[p.typ.Name()]
		if p.external || overridden[sub] || local == nil || local.interfaceObject {
			continue
		}
		possible := slices.Sorted(slices.Values(sub.possibleTypes(local)))
		if len(g.where) == 0 {
			common = slices.Clone(possible)
		} else {
			common = slices.DeleteFunc(common, func(name string) bool { return !slices.Contains(possible, name) })
		}
		g.add(and(possible), sub, p.pos)
	}
	return g, common
}
