package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// builtinsAccessible: Inaccessible, "@inaccessible": what GraphQL and the
// specifications define themselves cannot be hidden.
func builtinsAccessible(s *subgraph) Errors {
	r := report{sub: s}
	refuse := func(pos *ast.Position, what string) {
		r.add("DISALLOWED_INACCESSIBLE", pos, "%s cannot be @inaccessible: it is not the subgraph's own.", what).suggest("Remove @inaccessible.")
	}
	s.each("inaccessible", func(a application) {
		directive, _, _ := strings.Cut(strings.TrimPrefix(a.coordinate, "@"), "(")
		switch {
		case a.typ != nil && builtinScalars[a.typ.name]:
			refuse(a.Position, fmt.Sprintf("The built-in scalar %q", a.typ.name))
		case a.typ == nil && s.machineryDirective(directive):
			refuse(a.Position, fmt.Sprintf("The argument %q of a directive of the specifications", a.coordinate))
		}
	})
	for _, def := range slices.Concat(s.doc.Definitions, s.doc.Extensions) {
		if d := s.find(def.Directives, "inaccessible"); d != nil && s.machineryType(def.Name) {
			refuse(d.Position, fmt.Sprintf("The type %q of the specifications", def.Name))
		}
	}
	return r.errs
}

// directiveArgumentsAccessible: Inaccessible, "@inaccessible": the argument of a
// directive can only be hidden where clients alone use the directive; a schema
// that applies it would go on showing it.
func directiveArgumentsAccessible(super *supergraph) Errors {
	var errs Errors
	for _, d := range super.directives {
		var inSchemas []string
		for _, l := range d.locations {
			if !executableLocations[ast.DirectiveLocation(l)] {
				inSchemas = append(inSchemas, l)
			}
		}
		for _, a := range d.args {
			if a.inaccessible && len(inSchemas) > 0 {
				errs = append(errs, Error{Code: "DISALLOWED_INACCESSIBLE", Locations: a.locations(),
					Message:    fmt.Sprintf("Argument %q cannot be @inaccessible because its directive may be applied to these places of a schema: %s.", directiveCoordinate(d, a), strings.Join(inSchemas, ", ")),
					Suggestion: "Remove @inaccessible."})
			}
		}
	}
	return errs
}
