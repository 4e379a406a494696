package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// uniqueNames: GraphQL, everything that may be defined only once.
func uniqueNames(s *subgraph) Errors {
	r := report{sub: s}
	if len(s.doc.Schema) > 1 {
		r.graphql(s.doc.Schema[1].Position, "Must provide only one schema definition.")
	}
	operations := map[ast.Operation]bool{}
	for _, def := range append(append(ast.SchemaDefinitionList{}, s.doc.Schema...), s.doc.SchemaExtension...) {
		for _, op := range def.OperationTypes {
			if operations[op.Operation] {
				r.graphql(op.Position, "There can be only one %s type in schema.", op.Operation)
			}
			operations[op.Operation] = true
		}
	}
	directives := map[string]bool{}
	for _, def := range s.doc.Directives {
		if directives[def.Name] {
			r.graphql(def.Position, "There can be only one directive named %q.", "@"+def.Name)
		}
		directives[def.Name] = true
		uniqueArguments(&r, "@"+def.Name, def.Arguments)
	}
	types := map[string]bool{}
	for _, def := range s.doc.Definitions {
		if types[def.Name] {
			r.graphql(def.Position, "There can be only one type named %q.", def.Name)
		}
		types[def.Name] = true
	}
	for _, t := range s.types {
		uniqueElements(&r, t)
	}
	return r.errs
}

func uniqueElements(r *report, t *typeDef) {
	fields, values := map[string]bool{}, map[string]bool{}
	for _, source := range t.sources {
		for _, f := range source.Fields {
			if fields[f.Name] {
				r.graphql(f.Position, "Field %q can only be defined once.", t.localName+"."+f.Name)
			}
			fields[f.Name] = true
			uniqueArguments(r, t.localName+"."+f.Name, f.Arguments)
		}
		for _, v := range source.EnumValues {
			if values[v.Name] {
				r.graphql(v.Position, "Enum value %q can only be defined once.", t.localName+"."+v.Name)
			}
			values[v.Name] = true
		}
	}
}

func uniqueArguments(r *report, owner string, args ast.ArgumentDefinitionList) {
	seen := map[string]bool{}
	for _, a := range args {
		if seen[a.Name] {
			r.graphql(a.Position, "Argument \"%s(%s:)\" can only be defined once.", owner, a.Name)
		}
		seen[a.Name] = true
	}
}
