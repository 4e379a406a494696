package plan

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/supergraph"
)

// placeOf is where the objects of a fetch are.
func placeOf(f *Fetch) string {
	path := ""
	for _, hop := range f.At {
		path = under(path, hop.Field)
	}
	return path
}

// given are the places that a fetch fills: those of types, too, which only a
// subgraph tells that knows an object by more than its interface. It is false
// for a place that is filled for objects of some types alone.
func (d *deferral) given(f *Fetch) map[string]bool {
	places := map[string]bool{}
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Query})
	if err != nil {
		return places
	}
	g := d.super.Subgraph(f.Subgraph)
	var walk func(set ast.SelectionSet, typeName, path string, always bool)
	walk = func(set ast.SelectionSet, typeName, path string, always bool) {
		t := g.Type(typeName)
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if s.Name == "__typename" && (t == nil || !t.InterfaceObject) || s.Name != "__typename" {
					places[under(path, s.Alias)] = places[under(path, s.Alias)] || always
				}
				if len(s.SelectionSet) > 0 {
					below := ""
					if t != nil && t.Field(s.Name) != nil {
						below = t.Field(s.Name).Type.Name()
					}
					walk(s.SelectionSet, below, under(path, s.Alias), always)
				}
			case *ast.InlineFragment:
				walk(s.SelectionSet, s.TypeCondition, path, false)
			}
		}
	}
	op := doc.Operations[0]
	always := !slices.ContainsFunc(f.At, func(hop Hop) bool { return len(hop.Types) > 0 })
	if entities := entitiesOf(f, op.SelectionSet); entities != nil {
		walk(entities.SelectionSet, d.entityType(f, g), placeOf(f), always)
	} else {
		walk(op.SelectionSet, d.super.Roots[string(op.Operation)], placeOf(f), always)
	}
	return places
}

// entityType is the name of the first type of which a fetch finds objects.
func (d *deferral) entityType(f *Fetch, g *supergraph.Subgraph) string {
	for _, t := range g.Types {
		for _, by := range f.Entity.By {
			if strings.HasPrefix(by, t.Name+".") || strings.HasPrefix(by, t.Name+"{") {
				return t.Name
			}
		}
	}
	return ""
}

// entitiesOf is the field of an entity fetch below which the entities are; nil
// for another fetch.
func entitiesOf(f *Fetch, set ast.SelectionSet) *ast.Field {
	if f.Entity == nil {
		return nil
	}
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok && field.Name == "_entities" {
			return field
		}
	}
	return nil
}

// readBy are the places that a fetch depends on: those on the way to its
// objects, and those that its representations are made of.
func readBy(f *Fetch) map[string]bool {
	places := map[string]bool{}
	path := ""
	for _, hop := range f.At {
		path = under(path, hop.Field)
		places[path] = true
	}
	var walk func(*Node, string)
	walk = func(n *Node, path string) {
		for n.Kind == List {
			n = n.Item
		}
		for _, field := range n.Fields {
			if len(field.On) > 0 {
				places[under(path, "__typename")] = true
			}
			if field.From != "__typename" && field.Value.Kind != Static {
				places[under(path, field.From)] = true
				walk(field.Value, under(path, field.From))
			}
		}
	}
	if f.Entity != nil {
		walk(f.Entity.Representation, path)
	}
	for _, c := range f.Contexts {
		walk(&Node{Fields: c.Fields}, placeOf(&Fetch{At: f.At[:c.Hops]}))
	}
	return places
}
