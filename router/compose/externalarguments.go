package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// externalArguments: an external field has the arguments of the real one.
func externalArguments(super *supergraph) Errors {
	var errs Errors
	super.eachArgument(func(f *mergedField, a *mergedInput) {
		if a.everywhere || f.owner.kind != ast.Object {
			return
		}
		e := Error{Code: "EXTERNAL_ARGUMENT_MISSING"}
		var declared, missing []*subgraph
		for _, p := range f.parts {
			switch in := p.arg(a.name); {
			case in == nil && p.external:
				missing = append(missing, p.owner.sub)
				e.Locations = append(e.Locations, p.at())
			case in != nil && !p.external:
				declared = append(declared, p.owner.sub)
				e.Locations = append(e.Locations, p.owner.sub.at(in.pos))
			}
		}
		if len(missing) == 0 {
			return
		}
		e.Message = fmt.Sprintf("Field %q is missing argument %q in some subgraphs where it is marked @external: the argument is declared in %s but not in %s.", f.coordinate(), argumentCoordinate(f, a), inSubgraphs(declared), inSubgraphs(missing))
		e.Suggestion = fmt.Sprintf("Add %s: %s to %s in %s.", a.name, a.typ, f.coordinate(), inSubgraphs(missing))
		errs = append(errs, e)
	})
	return errs
}

// blame tells whose fault it is that the declarations of an argument differ: where
// those of the subgraphs that resolve the field agree, it is the external ones. It
// gives the code and words for the message.
func (f *mergedField) blame(a *mergedInput, mismatch string, groupsOf func(*mergedInput) groups) (code, where string) {
	resolved := &mergedInput{name: a.name}
	for _, p := range a.parts {
		if in := f.part(p.sub); !in.external || in.ignoresExternal() {
			resolved.parts = append(resolved.parts, p)
		}
	}
	resolved.mergeParts(len(resolved.parts))
	if g := groupsOf(resolved); len(resolved.parts) == 0 || len(resolved.parts) == len(a.parts) || len(g.keys) > 1 {
		return "FIELD_" + mismatch, ""
	}
	return "EXTERNAL_" + mismatch, fmt.Sprintf(" (where %q is marked @external)", f.coordinate())
}
