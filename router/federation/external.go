package federation

import "github.com/vektah/gqlparser/v2/ast"

// @external marks a field that another subgraph resolves.
var external = Definition{
	Name: "external", Since: V20, InV1: true,
	Locations: []ast.DirectiveLocation{ast.LocationObject, ast.LocationFieldDefinition},
}
