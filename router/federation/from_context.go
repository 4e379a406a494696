package federation

import "github.com/vektah/gqlparser/v2/ast"

// @fromContext fills an argument from a context further up.
var fromContext = Definition{
	Name: "fromContext", Since: V28,
	Arguments: []Argument{
		{Name: "field", Type: "ContextFieldValue"},
	},
	Locations: []ast.DirectiveLocation{ast.LocationArgumentDefinition},
}
