package federation

import "github.com/vektah/gqlparser/v2/ast"

// @context names a type whose fields may be handed to arguments below it.
var contextDirective = Definition{
	Name: "context", Since: V28, Repeatable: true,
	Arguments: []Argument{
		{Name: "name", Type: "String!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationInterface, ast.LocationObject, ast.LocationUnion},
}
