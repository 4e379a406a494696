package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// inputFields: an input type keeps some field, and no required one is dropped.
func inputFields(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.InputObject {
			continue
		}
		kept := 0
		for _, i := range t.inputs {
			if i.everywhere {
				kept++
			} else if i.typ.NonNull {
				errs = append(errs, t.requiredInputMissing(i))
			}
		}
		if kept == 0 {
			errs = append(errs, Error{Code: "EMPTY_MERGED_INPUT_TYPE", Locations: t.locations(),
				Message: fmt.Sprintf("None of the fields of input object type %q are consistently defined in all the subgraphs defining that type. As only fields common to all subgraphs are merged, this would result in an empty type.", t.name)})
		}
	}
	return errs
}

func (t *mergedType) requiredInputMissing(i *mergedInput) Error {
	e := Error{Code: "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"}
	var required, missing []*subgraph
	for _, part := range t.parts {
		switch in := part.input(i.name); {
		case in == nil:
			missing = append(missing, part.sub)
			e.Locations = append(e.Locations, part.at())
		case in.typ.NonNull:
			required = append(required, part.sub)
			e.Locations = append(e.Locations, part.sub.at(in.pos))
		}
	}
	e.Message = fmt.Sprintf("Input object field \"%s.%s\" is required in some subgraphs but does not appear in all subgraphs: it is required in %s but does not appear in %s.", t.name, i.name, inSubgraphs(required), inSubgraphs(missing))
	e.Suggestion = fmt.Sprintf("Add %s: %s to %s in %s, or make it nullable.", i.name, i.typ, t.name, inSubgraphs(missing))
	return e
}

// inputDefaults: an input field has one default value.
func inputDefaults(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		for _, i := range t.inputs {
			if g := i.defaultGroups(); len(g.keys) > 1 {
				errs = append(errs, Error{Code: "INPUT_FIELD_DEFAULT_MISMATCH", Locations: g.where,
					Message: fmt.Sprintf("Input field \"%s.%s\" has incompatible default values across subgraphs: it has %s.", t.name, i.name, g.describe("default value"))})
			}
		}
	}
	return errs
}
