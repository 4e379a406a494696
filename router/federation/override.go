package federation

import "github.com/vektah/gqlparser/v2/ast"

// @override takes a field over from another subgraph.
var override = Definition{
	Name: "override", Since: V20, InV1: true,
	Arguments: []Argument{
		{Name: "from", Type: "String!"},
		{Name: "label", Type: "String", Since: V27},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition},
}
