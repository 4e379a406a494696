package federation

import "github.com/vektah/gqlparser/v2/ast"

// @requiresScopes names the scopes a caller must have.
var requiresScopes = Definition{
	Name: "requiresScopes", Since: V25,
	Arguments: []Argument{
		{Name: "scopes", Type: "[[Scope!]!]!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject, ast.LocationInterface, ast.LocationScalar, ast.LocationEnum},
}
