package plan

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/supergraph"
)

// compiler knows what shapes are made of. It is made once and never changed.
type compiler struct {
	super *supergraph.Supergraph
	// nameless are the interfaces that are interface objects somewhere: their
	// objects may not tell their types.
	nameless map[string]bool
	// leaves are the shapes of fields without fields of their own, texts what all
	// types of fields are written like, and the items of those that are lists.
	leaves map[*ast.Type]*Node
	texts  map[*ast.Type]string
	// labels are the names of fields as they stand before values.
	labels map[string]string
	// concretes are the types that an object may be of, by the name of its own.
	concretes map[string][]string
}

func newCompiler(super *supergraph.Supergraph) compiler {
	c := compiler{
		super: super, nameless: map[string]bool{}, leaves: map[*ast.Type]*Node{}, texts: map[*ast.Type]string{},
		labels: map[string]string{}, concretes: map[string][]string{},
	}
	for _, g := range super.Subgraphs {
		for _, t := range g.Types {
			if t.InterfaceObject {
				c.nameless[t.Name] = true
			}
		}
	}
	made := map[string]*Node{} // by the text of the type
	for name, def := range super.Schema.Types {
		if !def.IsCompositeType() {
			continue
		}
		c.concretes[name] = concrete(super.Schema, def)
		for _, f := range def.Fields {
			c.labels[f.Name] = label(f.Name)
			for t := f.Type; t != nil; t = t.Elem {
				c.texts[t] = t.String()
			}
			if super.Schema.Types[f.Type.Name()].IsLeafType() {
				c.leaves[f.Type] = c.leaf(f.Type, made)
			}
		}
	}
	return c
}

// concrete are the types that an object may be of.
func concrete(schema *ast.Schema, def *ast.Definition) []string {
	if !def.IsAbstractType() {
		return []string{def.Name}
	}
	var names []string
	for _, p := range schema.GetPossibleTypes(def) {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// kindsOfScalars are those of the built-in scalars.
var kindsOfScalars = map[string]Kind{"String": String, "Int": Int, "Float": Float, "Boolean": Boolean, "ID": ID}

// leaf is the shape of what has no fields of its own. There is one for a type.
func (c compiler) leaf(t *ast.Type, made map[string]*Node) *Node {
	text := t.String()
	if n := made[text]; n != nil {
		return n
	}
	node := &Node{Kind: List, Nullable: !t.NonNull, Type: strings.TrimSuffix(text, "!")}
	made[text] = node
	if t.Elem != nil {
		node.Item = c.leaf(t.Elem, made)
		return node
	}
	node.Kind = Scalar
	def := c.super.Schema.Types[t.NamedType]
	if def.Kind == ast.Enum {
		node.Kind = Enum
		for _, v := range def.EnumValues {
			node.Values = append(node.Values, v.Name)
		}
	} else if kind, ok := kindsOfScalars[t.NamedType]; ok {
		node.Kind = kind
	}
	return node
}

// label is how a field's name stands before its value.
func (c compiler) label(key string) string {
	if known, ok := c.labels[key]; ok {
		return known
	}
	return label(key)
}
