package federation

import "github.com/vektah/gqlparser/v2/ast"

// @interfaceObject lets a subgraph add fields to every implementation of an interface.
var interfaceObject = Definition{
	Name: "interfaceObject", Since: V23,
	Locations: []ast.DirectiveLocation{ast.LocationObject},
}
