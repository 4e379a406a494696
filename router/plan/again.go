package plan

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/supergraph"
)

// again tells how objects of a type are found again in the subgraph: by which
// entity; what of them has to be asked for before; and the selection as it is
// asked of the entities. The entity is nil where they cannot be found.
func (c *cutter) again(typeName string, piece ast.SelectionSet) (entity *Entity, keys, asked ast.SelectionSet) {
	entity = &Entity{Variable: "representations", Representation: &Node{Kind: Object}}
	for c.definitions.ForName(entity.Variable) != nil {
		entity.Variable += "_"
	}
	told := &Field{Key: "__typename", Label: label("__typename"), From: "__typename", Value: &Node{Kind: Scalar}}
	var fields []Field
	for _, name := range c.members(typeName) {
		own := c.narrow(piece, name)
		if len(own) == 0 {
			continue
		}
		t := c.subgraph.Type(name)
		key, text, ok := c.key(t)
		if !ok {
			return nil, nil, nil
		}
		if t.InterfaceObject { // here it goes by the interface's name, whatever it is elsewhere
			told.Value = &Node{Kind: Static, Text: name}
		} else {
			told.On = append(told.On, name)
		}
		for _, f := range c.representation(t, key) {
			f.On = slices.Clone(told.On[max(0, len(told.On)-1):])
			fields = append(fields, f)
			entity.Keys = append(entity.Keys, f.Key)
		}
		entity.By = append(entity.By, keyName(name, text))
		asked = append(asked, &ast.InlineFragment{TypeCondition: name, SelectionSet: own})
		if name != typeName {
			key = ast.SelectionSet{&ast.InlineFragment{TypeCondition: name, SelectionSet: key}}
		}
		keys = append(keys, key...)
	}
	if len(asked) == 0 {
		return nil, nil, nil
	}
	entity.Keys = slices.Compact(slices.Sorted(slices.Values(entity.Keys)))
	entity.Representation.Fields = append([]Field{*told}, fields...)
	return entity, append(ast.SelectionSet{typename()}, keys...), asked
}

// members are the object types that objects of a type can be of here.
func (c *cutter) members(typeName string) []string {
	t := c.subgraph.Type(typeName)
	switch {
	case t == nil:
		return nil
	case t.Kind == ast.Union:
		return t.Members
	case t.Kind == ast.Interface:
		var names []string
		for _, other := range c.subgraph.Types {
			if other.Kind == ast.Object && slices.Contains(other.Interfaces, typeName) {
				names = append(names, other.Name)
			}
		}
		return names
	}
	return []string{typeName}
}

// concrete are the types that objects of a type tell of themselves; nil where
// the subgraph does not know all of them.
func (c *cutter) concrete(typeName string) []string {
	if t := c.subgraph.Type(typeName); t == nil || t.InterfaceObject {
		return nil
	}
	return c.members(typeName)
}

// narrow is a selection as it is for objects of one type.
func (c *cutter) narrow(set ast.SelectionSet, typeName string) ast.SelectionSet {
	var out ast.SelectionSet
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			out = append(out, s)
		case *ast.InlineFragment:
			if s.TypeCondition == "" || s.TypeCondition == typeName || slices.Contains(c.members(s.TypeCondition), typeName) {
				out = append(out, c.narrow(s.SelectionSet, typeName)...)
			}
		}
	}
	return out
}

// key is the first key by which the subgraph finds every object of a type: one
// in which nothing can be null.
func (c *cutter) key(t *supergraph.Type) (set ast.SelectionSet, text string, ok bool) {
	if t == nil {
		return nil, "", false
	}
	for _, k := range t.Keys {
		doc, err := parser.ParseQuery(&ast.Source{Input: "{" + k.Fields + "}"})
		if err != nil || !k.Resolvable {
			continue
		}
		if set := doc.Operations[0].SelectionSet; c.certain(t, set) {
			return set, k.Fields, true
		}
	}
	return nil, "", false
}

// certain tells whether all fields of a key have values.
func (c *cutter) certain(t *supergraph.Type, key ast.SelectionSet) bool {
	for _, selection := range key {
		f, ok := selection.(*ast.Field)
		if !ok || t == nil {
			return false
		}
		if f.Name == "__typename" {
			continue
		}
		def := t.Field(f.Name)
		if def == nil || !def.Type.NonNull || f.SelectionSet != nil && !c.certain(c.subgraph.Type(def.Type.Name()), f.SelectionSet) {
			return false
		}
	}
	return true
}

// representation is what a representation has of a key.
func (c *cutter) representation(t *supergraph.Type, key ast.SelectionSet) []Field {
	var out []Field
	for _, selection := range key {
		f, ok := selection.(*ast.Field)
		if !ok || t == nil {
			continue
		}
		def := t.Field(f.Name)
		if def == nil {
			continue
		}
		out = append(out, Field{Key: f.Name, Label: label(f.Name), From: f.Name, Value: c.representationOf(def.Type, f.SelectionSet)})
	}
	return out
}

func (c *cutter) representationOf(t *ast.Type, below ast.SelectionSet) *Node {
	if t.Elem != nil {
		return &Node{Kind: List, Nullable: !t.NonNull, Item: c.representationOf(t.Elem, below)}
	}
	if below == nil {
		return &Node{Kind: Scalar, Nullable: !t.NonNull}
	}
	return &Node{Kind: Object, Nullable: !t.NonNull, Fields: c.representation(c.subgraph.Type(t.NamedType), below)}
}
