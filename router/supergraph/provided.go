package supergraph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// addProvided gives subgraphs the external fields that they provide: join v0.1
// names them nowhere else.
func (r *reader) addProvided(defs ast.DefinitionList) {
	for _, g := range r.order {
		for _, t := range g.Types {
			for _, f := range t.Fields {
				if f.Provides == "" {
					continue
				}
				if doc, err := parser.ParseQuery(&ast.Source{Input: "{" + f.Provides + "}"}); err == nil {
					provide(g, defs, f.Def.Type.Name(), doc.Operations[0].SelectionSet)
				}
			}
		}
	}
}

func provide(g *Subgraph, defs ast.DefinitionList, typeName string, set ast.SelectionSet) {
	def, t := defs.ForName(typeName), g.Type(typeName)
	if def == nil || t == nil {
		return
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			provide(g, defs, s.TypeCondition, s.SelectionSet)
		case *ast.Field:
			f := def.Fields.ForName(s.Name)
			if f == nil {
				continue
			}
			if t.Field(s.Name) == nil {
				t.Fields = append(t.Fields, &Field{Def: f, Type: f.Type, External: true})
			}
			provide(g, defs, f.Type.Name(), s.SelectionSet)
		}
	}
}
