package federation

import "github.com/vektah/gqlparser/v2/ast"

// @cost weighs an element for demand control.
var cost = Definition{
	Name: "cost", Since: V28,
	Arguments: []Argument{
		{Name: "weight", Type: "Int!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationArgumentDefinition, ast.LocationEnum, ast.LocationFieldDefinition, ast.LocationInputFieldDefinition, ast.LocationObject, ast.LocationScalar},
}
