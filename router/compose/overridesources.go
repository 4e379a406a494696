package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// overrideSources: a subgraph takes a field over from the one that has it, not
// from one that takes it over itself.
func overrideSources(super *supergraph) Errors {
	var errs Errors
	super.eachOverride(func(f *mergedField, p *field) {
		from := super.bySub[p.override]
		if from == nil || from == p.owner.sub {
			return
		}
		source := f.part(from)
		if source == nil || source.override == "" {
			return
		}
		e := Error{Code: "OVERRIDE_SOURCE_HAS_OVERRIDE", Locations: []Location{p.owner.sub.at(p.overridePos), from.at(source.overridePos)},
			Message: fmt.Sprintf("Field %q on subgraph %q is also marked with directive @override in subgraph %q. Only one @override directive is allowed per field.", f.coordinate(), p.owner.sub.name, from.name)}
		if source.override != p.owner.sub.name && source.override != from.name {
			e.Suggestion = fmt.Sprintf("Override from %q, and remove @override in subgraph %q.", source.override, from.name)
		}
		errs = append(errs, e)
	})
	return errs
}

// overrideLabels: a field with requirements moves at once or not at all.
func overrideLabels(super *supergraph) Errors {
	var errs Errors
	super.eachOverride(func(f *mergedField, p *field) {
		from := super.bySub[p.override]
		if from == nil || p.overrideLabel == "" {
			return
		}
		if source := f.part(from); source != nil && source.requires != nil {
			errs = append(errs, Error{Code: "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", Locations: []Location{p.owner.sub.at(p.overridePos), from.at(source.requires.pos)},
				Message:    fmt.Sprintf("@override with label (progressive override) cannot be used on field %q on subgraph %q since the field is marked with directive \"@requires\" on subgraph %q.", f.coordinate(), p.owner.sub.name, from.name),
				Suggestion: "Use @override without a label."})
		}
	})
	return errs
}

// eachOverride visits every part of an object's field that takes it over.
func (s *supergraph) eachOverride(visit func(*mergedField, *field)) {
	for _, t := range s.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			for _, p := range f.parts {
				if p.override != "" {
					visit(f, p)
				}
			}
		}
	}
}
