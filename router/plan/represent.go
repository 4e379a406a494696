package plan

import "github.com/wundergraph/graphql-go-tools/v2/pkg/engine/resolve"

// representation copies the planner's description of a representation.
func representation(n resolve.Node) *Node {
	switch n := n.(type) {
	case *resolve.Object:
		return object(n)
	case *resolve.Array:
		return &Node{Kind: List, Nullable: n.Nullable, Item: representation(n.Item)}
	case *resolve.StaticString:
		return &Node{Kind: Static, Text: n.Value}
	}
	return &Node{Kind: Scalar, Nullable: n.NodeNullable()}
}

func object(o *resolve.Object) *Node {
	node := &Node{Kind: Object, Nullable: o.Nullable}
	for _, f := range o.Fields {
		field := Field{Key: string(f.Name), Label: label(string(f.Name)), From: string(f.Name), On: texts(f.OnTypeNames), Value: representation(f.Value)}
		if path := f.Value.NodePath(); len(path) > 0 {
			field.From = path[0]
		}
		node.Fields = append(node.Fields, field)
	}
	return node
}

func texts(list [][]byte) []string {
	var out []string
	for _, b := range list {
		out = append(out, string(b))
	}
	return out
}
