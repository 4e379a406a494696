package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// application is a directive on an element of a subgraph, with what a rule wants
// to know about the place.
type application struct {
	*ast.Directive
	name       string // in the specification; empty for other directives
	location   ast.DirectiveLocation
	coordinate string // of the element: Type.field(arg:)
	typ        *typeDef
	source     *ast.Definition // the definition or extension it is in
	field      *field
	def        *ast.FieldDefinition
	input      *ast.ArgumentDefinition // set on arguments of fields
	list       ast.DirectiveList       // all directives on the element
}

// applications visits every directive of the schema in the order of the text:
// on the schema, on directive definitions, on types and what they hold.
func (s *subgraph) applications(visit func(application)) {
	at := func(list ast.DirectiveList, a application) {
		a.list = list
		for _, d := range list {
			a.Directive, a.name = d, s.canonical[d.Name]
			visit(a)
		}
	}
	for _, def := range append(append(ast.SchemaDefinitionList{}, s.doc.Schema...), s.doc.SchemaExtension...) {
		at(def.Directives, application{location: ast.LocationSchema, coordinate: "schema"})
	}
	for _, def := range s.doc.Directives {
		for _, arg := range def.Arguments {
			at(arg.Directives, application{location: ast.LocationArgumentDefinition, coordinate: "@" + def.Name + "(" + arg.Name + ":)", input: arg})
		}
	}
	for _, t := range s.types {
		for _, source := range t.sources {
			s.typeApplications(t, source, at)
		}
	}
}

func (s *subgraph) typeApplications(t *typeDef, source *ast.Definition, at func(ast.DirectiveList, application)) {
	at(source.Directives, application{location: typeLocation(source.Kind), coordinate: source.Name, typ: t, source: source})
	for _, v := range source.EnumValues {
		at(v.Directives, application{location: ast.LocationEnumValue, coordinate: source.Name + "." + v.Name, typ: t, source: source})
	}
	for _, f := range source.Fields {
		if t.name == "Query" && (f.Name == "_service" || f.Name == "_entities") {
			continue
		}
		a := application{location: ast.LocationFieldDefinition, coordinate: source.Name + "." + f.Name, typ: t, source: source, def: f, field: t.field(f.Name)}
		if source.Kind == ast.InputObject {
			a.location = ast.LocationInputFieldDefinition
		}
		at(f.Directives, a)
		for _, arg := range f.Arguments {
			at(arg.Directives, application{location: ast.LocationArgumentDefinition, coordinate: a.coordinate + "(" + arg.Name + ":)", typ: t, source: source, def: f, field: a.field, input: arg})
		}
	}
}

func typeLocation(kind ast.DefinitionKind) ast.DirectiveLocation {
	switch kind {
	case ast.Scalar:
		return ast.LocationScalar
	case ast.Object:
		return ast.LocationObject
	case ast.Interface:
		return ast.LocationInterface
	case ast.Union:
		return ast.LocationUnion
	case ast.Enum:
		return ast.LocationEnum
	}
	return ast.LocationInputObject
}

// each visits the applications of one directive of the specification.
func (s *subgraph) each(name string, visit func(application)) {
	s.applications(func(a application) {
		if a.name == name {
			visit(a)
		}
	})
}
