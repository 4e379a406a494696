package federation

import "github.com/vektah/gqlparser/v2/ast"

// @listSize tells how long a list is, for demand control.
var listSize = Definition{
	Name: "listSize", Since: V28,
	Arguments: []Argument{
		{Name: "assumedSize", Type: "Int"},
		{Name: "slicingArguments", Type: "[String!]"},
		{Name: "sizedFields", Type: "[String!]"},
		{Name: "requireOneSlicingArgument", Type: "Boolean", Default: "true"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition},
}
