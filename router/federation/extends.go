package federation

import "github.com/vektah/gqlparser/v2/ast"

// @extends makes a type definition an extension.
var extends = Definition{
	Name: "extends", Since: V20, InV1: true,
	Locations: []ast.DirectiveLocation{ast.LocationObject, ast.LocationInterface},
}
