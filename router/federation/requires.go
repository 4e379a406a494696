package federation

import "github.com/vektah/gqlparser/v2/ast"

// @requires names external fields that a resolver must be given.
var requires = Definition{
	Name: "requires", Since: V20, InV1: true,
	Arguments: []Argument{
		{Name: "fields", Type: "FieldSet!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition},
}
