package plan

import (
	"slices"
	"sort"

	"github.com/wundergraph/graphql-go-tools/v2/pkg/engine/resolve"

	"heddle/router/operation"
)

// shapeNode copies a node of the planner's response tree.
func shapeNode(n resolve.Node, info *resolve.FieldInfo) *Node {
	typeName := ""
	if info != nil {
		typeName = info.NamedType
	}
	leaf := func(kind Kind) *Node { return &Node{Kind: kind, Nullable: n.NodeNullable(), Type: typeName} }
	switch n := n.(type) {
	case *resolve.Object:
		return object(n)
	case *resolve.Array:
		return &Node{Kind: List, Nullable: n.Nullable, Type: typeName, Item: shapeNode(n.Item, info)}
	case *resolve.String:
		if n.IsTypeName {
			return leaf(TypeName)
		}
		return leaf(String)
	case *resolve.StaticString:
		return &Node{Kind: Static, Text: n.Value}
	case *resolve.Integer:
		return leaf(Int)
	case *resolve.Float:
		return leaf(Float)
	case *resolve.Boolean:
		return leaf(Boolean)
	case *resolve.Enum:
		e := leaf(Enum)
		for _, v := range n.Values {
			if !slices.Contains(n.InaccessibleValues, v) {
				e.Values = append(e.Values, v)
			}
		}
		return e
	case *resolve.Null:
		return &Node{Kind: Scalar, Nullable: true}
	}
	if typeName == "ID" {
		return leaf(ID)
	}
	return leaf(Scalar)
}

func object(o *resolve.Object) *Node {
	node := &Node{Kind: Object, Nullable: o.Nullable, Type: o.TypeName, Unresolvable: o.Unresolvable}
	for name := range o.PossibleTypes {
		node.Possible = append(node.Possible, name)
	}
	sort.Strings(node.Possible)
	node.Abstract = len(node.Possible) > 1 || len(node.Possible) == 1 && node.Possible[0] != o.TypeName
	for _, f := range o.Fields {
		if !operation.Placeholder(string(f.Name)) {
			node.Fields = append(node.Fields, shapeField(f))
		}
	}
	return node
}

func shapeField(f *resolve.Field) Field {
	field := Field{Key: string(f.Name), From: string(f.Name), On: texts(f.OnTypeNames)}
	if path := f.Value.NodePath(); len(path) > 0 {
		field.From = path[0]
	}
	if f.Info != nil {
		field.Name = f.Info.ExactParentTypeName + "." + f.Info.Name
	}
	for _, p := range f.ParentOnTypeNames {
		field.Above = append(field.Above, Above{Depth: p.Depth, Types: texts(p.Names)})
	}
	if index, nullable, key, ok := operation.Marked(field.Key); ok {
		field.Key = key
		field.Value = &Node{Kind: Marker, Nullable: nullable, Index: index}
		return field
	}
	field.Key = operation.ClientKey(field.Key)
	field.Value = shapeNode(f.Value, f.Info)
	return field
}

func texts(list [][]byte) []string {
	var out []string
	for _, b := range list {
		out = append(out, string(b))
	}
	return out
}
