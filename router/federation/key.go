package federation

import "github.com/vektah/gqlparser/v2/ast"

// @key names fields that identify an entity.
var key = Definition{
	Name: "key", Since: V20, InV1: true, Repeatable: true,
	Arguments: []Argument{
		{Name: "fields", Type: "FieldSet!"},
		{Name: "resolvable", Type: "Boolean", Default: "true"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationObject, ast.LocationInterface},
}
