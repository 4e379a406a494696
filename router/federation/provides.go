package federation

import "github.com/vektah/gqlparser/v2/ast"

// @provides names external fields that this path resolves itself.
var provides = Definition{
	Name: "provides", Since: V20, InV1: true,
	Arguments: []Argument{
		{Name: "fields", Type: "FieldSet!"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition},
}
