package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// fieldSharing: Federation, "@shareable": several subgraphs resolve a field only
// if all of them say so.
func fieldSharing(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		for _, f := range t.fields {
			switch {
			case f.fromInterface != nil:
			case t.kind == ast.Object && t.name == "Subscription":
				if len(f.parts) > 1 {
					errs = append(errs, Error{Code: "INVALID_FIELD_SHARING", Locations: f.locations(),
						Message: fmt.Sprintf("Field %q is in several subgraphs: fields on the root level subscription object cannot be shared.", f.coordinate())})
				}
			case t.kind == ast.Object:
				errs = append(errs, super.objectSharing(f)...)
			case t.hasInterfaceObject:
				errs = append(errs, super.interfaceObjectSharing(f)...)
			}
		}
	}
	return errs
}

// resolver is a subgraph that resolves a field.
type resolver struct {
	*field
	shared  bool
	through string // the field of the interface object that it is resolved by
}

func (s *supergraph) objectSharing(f *mergedField) Errors {
	if !slices.ContainsFunc(f.parts, func(p *field) bool { return !p.usedAsKey }) {
		return nil
	}
	entity := slices.ContainsFunc(f.owner.parts, func(t *typeDef) bool { return len(t.keys) > 0 })
	var found []resolver
	for _, p := range f.parts {
		if p.external || s.takesOverFrom(f, p) {
			continue
		}
		old := entity && p.owner.sub.version == federation.V1 && p.extension
		found = append(found, resolver{field: p, shared: p.shareable || p.usedAsKey || old})
	}
	if slices.ContainsFunc(found, func(r resolver) bool { return !r.shared }) {
		found = append(found, s.interfaceObjectResolvers(f)...)
	}
	return sharingErrors(f, found)
}

// takesOverFrom says whether the subgraph overrides the field of another one
// that really has it; that other one then does not count.
func (s *supergraph) takesOverFrom(f *mergedField, p *field) bool {
	from := s.bySub[p.override]
	return p.override != "" && from != nil && f.part(from) != nil
}

func (s *supergraph) interfaceObjectResolvers(f *mergedField) []resolver {
	var found []resolver
	for _, name := range f.owner.interfaces {
		i := s.byName[name]
		if i == nil || !i.hasInterfaceObject || i.field(f.name) == nil {
			continue
		}
		above := i.field(f.name)
		if slices.ContainsFunc(above.parts, func(p *field) bool { return p.usedAsKey }) {
			continue
		}
		for _, p := range above.parts {
			if p.owner.interfaceObject && !p.external && !s.takesOverFrom(f, p) {
				found = append(found, resolver{field: p, shared: p.shareable, through: above.coordinate()})
			}
		}
	}
	return found
}

func (s *supergraph) interfaceObjectSharing(f *mergedField) Errors {
	var found []resolver
	for _, p := range f.parts {
		if p.owner.interfaceObject && !p.external && !s.takesOverFrom(f, p) {
			found = append(found, resolver{field: p, shared: p.shareable || p.usedAsKey})
		}
	}
	return sharingErrors(f, found)
}

func sharingErrors(f *mergedField, found []resolver) Errors {
	if len(found) < 2 || !slices.ContainsFunc(found, func(r resolver) bool { return !r.shared }) {
		return nil
	}
	e := Error{Code: "INVALID_FIELD_SHARING"}
	var words []string
	var unshared []*subgraph
	for _, r := range found {
		word := `"` + r.owner.sub.name + `"`
		if r.through != "" {
			word += fmt.Sprintf(" (through @interfaceObject field %q)", r.through)
		}
		words = append(words, word)
		e.Locations = append(e.Locations, r.at())
		if !r.shared {
			unshared = append(unshared, r.owner.sub)
		}
	}
	where := "all of them"
	if len(unshared) < len(found) {
		where = inSubgraphs(unshared)
	}
	e.Message = fmt.Sprintf("Non-shareable field %q is resolved from multiple subgraphs: it is resolved from subgraphs %s and defined as non-shareable in %s.", f.coordinate(), and(words), where)
	e.Suggestion = fmt.Sprintf("Mark %s with @shareable in %s if all of them give the same value.", f.coordinate(), inSubgraphs(unshared))
	return Errors{e}
}
