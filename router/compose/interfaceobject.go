package compose

import "github.com/vektah/gqlparser/v2/ast"

// interfaceObjects: Federation, "@interfaceObject": it is for entities.
func interfaceObjects(s *subgraph) Errors {
	r := report{sub: s}
	s.each("interfaceObject", func(a application) {
		if a.typ != nil && a.location == ast.LocationObject && s.find(a.typ.directives, "key") == nil {
			r.add("INTERFACE_OBJECT_USAGE_ERROR", a.Position, "The @%s directive can only be applied to entity types but type %q has no @key in this subgraph.", a.Name, a.typ.name).
				suggest("Add a @key to %s that its interface has in another subgraph.", a.typ.name)
		}
	})
	return r.errs
}

// interfaceObjectsHaveInterface: some subgraph has the real interface.
func interfaceObjectsHaveInterface(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Interface || !t.hasInterfaceObject {
			continue
		}
		e := Error{Code: "INTERFACE_OBJECT_USAGE_ERROR"}
		for _, part := range t.parts {
			if !part.interfaceObject {
				e.Code = ""
			}
			e.Locations = append(e.Locations, part.at())
		}
		if e.Code != "" {
			e.Message = "Type \"" + t.name + "\" is declared with @interfaceObject in all the subgraphs in which it is defined."
			errs = append(errs, e)
		}
	}
	return errs
}
