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
	shape := &Node{Kind: Object, Nullable: true, Type: super.Roots[n.Kind.String()]}
	for _, selection := range doc.Operations[0].SelectionSet {
		f, ok := selection.(*ast.Field)
		if !ok || f.Name != "__typename" {
			return nil
		}
		if operation.Placeholder(f.Alias) {
			continue
		}
		if index, nullable, key, ok := operation.Marked(f.Alias); ok {
			shape.Fields = append(shape.Fields, Field{Key: key, Value: &Node{Kind: Marker, Nullable: nullable, Index: index}})
			continue
		}
		shape.Fields = append(shape.Fields, Field{Key: operation.ClientKey(f.Alias), Value: &Node{Kind: Static, Text: shape.Type}})
	}
	return &Plan{Kind: n.Kind, Shape: shape}
}
