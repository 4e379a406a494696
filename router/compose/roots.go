package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// rootTypes: GraphQL, "Root Operation Types", and that no other type has the
// default name of a renamed root type.
func rootTypes(s *subgraph) Errors {
	r := report{sub: s}
	used := map[string][]*ast.OperationTypeDefinition{}
	for _, def := range slices.Concat(s.doc.Schema, s.doc.SchemaExtension) {
		for _, op := range def.OperationTypes {
			s.rootType(&r, op)
			used[op.Type] = append(used[op.Type], op)
		}
	}
	for _, op := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		t := s.byName[title(string(op))]
		if t != nil && t.kind != ast.Object && s.roots[op] == t.localName {
			r.graphql(t.pos, "%s root type must be Object type, it cannot be %s.", title(string(op)), t.localName)
		}
	}
	for _, name := range sortedKeys(used) {
		if len(used[name]) > 1 {
			s.sameRoot(&r, name, used[name])
		}
	}
	return r.errs
}

func (s *subgraph) sameRoot(r *report, name string, used []*ast.OperationTypeDefinition) {
	var operations []string
	for _, op := range used {
		operations = append(operations, title(string(op.Operation)))
	}
	e := r.graphql(used[0].Position, "All root types must be different, %q type is used as %s root types.", name, and(operations))
	for _, op := range used[1:] {
		e.Locations = append(e.Locations, s.at(op.Position))
	}
}

func (s *subgraph) rootType(r *report, op *ast.OperationTypeDefinition) {
	name := title(string(op.Operation))
	defined := slices.ContainsFunc(slices.Concat(s.doc.Definitions, s.doc.Extensions), func(d *ast.Definition) bool { return d.Name == op.Type })
	if !defined {
		r.graphql(op.Position, "Cannot set schema %s root to unknown type %s", op.Operation, op.Type)
	}
	squatter := slices.IndexFunc(s.doc.Definitions, func(d *ast.Definition) bool { return d.Name == name })
	if op.Type != name && squatter >= 0 {
		r.add("ROOT_"+strings.ToUpper(name)+"_USED", s.doc.Definitions[squatter].Position,
			"The schema has a type named %q but it is not set as the %s root type (%q is instead): a root type that has another name leaves its default name to no other type.", name, op.Operation, op.Type).
			suggest("Rename the type %s.", name)
	}
}

// queryAccessible: the root of all queries cannot be hidden.
func queryAccessible(s *subgraph) Errors {
	r := report{sub: s}
	if t := s.byName["Query"]; t != nil && t.inaccessible {
		r.add("QUERY_ROOT_TYPE_INACCESSIBLE", s.find(t.directives, "inaccessible").Position, "Type %q is @inaccessible but is the root query type, which must be in the API schema.", t.localName).
			suggest("Put @inaccessible on fields of %s instead.", t.localName)
	}
	return r.errs
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
