package federation

import "github.com/vektah/gqlparser/v2/ast"

// @composeDirective carries a custom directive into the supergraph.
var composeDirective = Definition{
	Name: "composeDirective", Since: V21, Repeatable: true,
	Arguments: []Argument{
		{Name: "name", Type: "String!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationSchema},
}
