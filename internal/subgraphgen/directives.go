package main

import "github.com/vektah/gqlparser/v2/ast"

// directives declares the federation directives that gqlgen's prelude lacks.
type directives struct{}

func (directives) Name() string { return "directives" }

const missing = `
directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
`

// InjectSourcesEarly adds the declarations to every schema.
func (directives) InjectSourcesEarly() ([]*ast.Source, error) {
	return []*ast.Source{{Name: "federation/cost.graphql", Input: missing, BuiltIn: true}}, nil
}
