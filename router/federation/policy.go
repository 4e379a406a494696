package federation

import "github.com/vektah/gqlparser/v2/ast"

// @policy names authorization policies of an element.
var policy = Definition{
	Name: "policy", Since: V26,
	Arguments: []Argument{
		{Name: "policies", Type: "[[Policy!]!]!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject, ast.LocationInterface, ast.LocationScalar, ast.LocationEnum},
}
