package federation

import "github.com/vektah/gqlparser/v2/ast"

// An element with @authenticated is only for callers who have signed in.
var authenticated = Definition{
	Name: "authenticated", Since: V25,
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject, ast.LocationInterface, ast.LocationScalar, ast.LocationEnum},
}
