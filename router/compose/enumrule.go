package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// enumValues: an enum of both uses has the same values everywhere; one that is
// only an input has some value that all know.
func enumValues(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Enum || t.inputRef == "" {
			continue
		}
		if t.outputRef == "" {
			if len(t.keptValues()) == 0 {
				errs = append(errs, Error{Code: "EMPTY_MERGED_ENUM_TYPE", Locations: t.locations(),
					Message: fmt.Sprintf("None of the values of enum type %q are defined consistently in all the subgraphs defining that type. As only values common to all subgraphs are merged, this would result in an empty type.", t.name)})
			}
			continue
		}
		for _, v := range t.values {
			if len(v.parts) < len(t.parts) && !v.inaccessible {
				errs = append(errs, t.enumMismatch(v))
			}
		}
	}
	return errs
}

func (t *mergedType) enumMismatch(v *mergedValue) Error {
	e := Error{Code: "ENUM_VALUE_MISMATCH"}
	var with, without []*subgraph
	for _, p := range v.parts {
		with = append(with, p.sub)
		e.Locations = append(e.Locations, p.sub.at(p.pos))
	}
	for _, part := range t.parts {
		if !slices.Contains(with, part.sub) {
			without = append(without, part.sub)
			e.Locations = append(e.Locations, part.at())
		}
	}
	e.Message = fmt.Sprintf("Enum type %q is used as both input type (for example, as type of %q) and output type (for example, as type of %q), but value %q is not defined in all the subgraphs defining %q: it is defined in %s but not in %s.",
		t.name, t.inputRef, t.outputRef, v.name, t.name, inSubgraphs(with), inSubgraphs(without))
	e.Suggestion = fmt.Sprintf("Add %s to %s in %s, or mark it with @inaccessible until all have it.", v.name, t.name, inSubgraphs(without))
	return e
}
