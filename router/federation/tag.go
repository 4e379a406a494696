package federation

import "github.com/vektah/gqlparser/v2/ast"

// @tag puts a label on an element.
var tag = Definition{
	Name: "tag", Since: V20, InV1: true, Repeatable: true,
	Arguments: []Argument{
		{Name: "name", Type: "String!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject, ast.LocationInterface, ast.LocationUnion, ast.LocationArgumentDefinition, ast.LocationScalar, ast.LocationEnum, ast.LocationEnumValue, ast.LocationInputObject, ast.LocationInputFieldDefinition},
}
