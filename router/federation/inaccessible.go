package federation

import "github.com/vektah/gqlparser/v2/ast"

// @inaccessible hides an element from clients.
var inaccessible = Definition{
	Name: "inaccessible", Since: V20, InV1: true,
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject, ast.LocationInterface, ast.LocationUnion, ast.LocationArgumentDefinition, ast.LocationScalar, ast.LocationEnum, ast.LocationEnumValue, ast.LocationInputObject, ast.LocationInputFieldDefinition},
}
