package plan

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/operation"
	"heddle/router/supergraph"
)

// localPlan is the plan of an operation for which no subgraph is asked: at its
// root is nothing but markers and __typename. It is nil for any other.
func localPlan(super *supergraph.Supergraph, n *operation.Normalized) *Plan {
	doc, err := parser.ParseQuery(&ast.Source{Input: n.Text})
	if err != nil {
		return nil
	}
	for _, selection := range doc.Operations[0].SelectionSet {
		if f, ok := selection.(*ast.Field); !ok || f.Name != "__typename" {
			return nil
		}
	}
	shape, err := newCompiler(super).shape(n.Kind, n.Text, nil)
	if err != nil {
		return nil
	}
	return &Plan{Kind: n.Kind, Shape: shape}
}
