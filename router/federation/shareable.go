package federation

import "github.com/vektah/gqlparser/v2/ast"

// @shareable lets several subgraphs resolve one field.
var shareable = Definition{
	Name: "shareable", Since: V20, RepeatableSince: V22,
	Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject},
}
