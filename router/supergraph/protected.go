package supergraph

import "github.com/vektah/gqlparser/v2/ast"

// readProtected finds the coordinates that need an authenticated caller.
func (r *reader) readProtected(defs []*ast.Definition) map[string]bool {
	guarded := map[string]bool{}
	for _, def := range defs {
		if def.Directives.ForName(r.names.authenticated) != nil {
			guarded[def.Name] = true
		}
	}
	protected := map[string]bool{}
	for _, def := range defs {
		for _, f := range def.Fields {
			if guarded[def.Name] || guarded[f.Type.Name()] || f.Directives.ForName(r.names.authenticated) != nil {
				protected[def.Name+"."+f.Name] = true
			}
		}
	}
	for _, def := range defs {
		for _, f := range def.Fields {
			if def.Kind == ast.Object && protected[def.Name+"."+f.Name] {
				for _, i := range def.Interfaces {
					protected[i+"."+f.Name] = true
				}
			}
		}
	}
	return protected
}
