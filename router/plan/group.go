package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// group is a fetch that is being put together.
type group struct {
	src *source
	// after are the groups whose answers it needs, before all that come before it.
	after  []*group
	before map[*group]bool
	place  *place
	sel    *selection
	// series is the root field of a mutation that it belongs to.
	series int
	// entities are how its objects are found, by their types; nil for root fields.
	entities []*entity
	// contexts are what it takes from objects above.
	contexts []*borrowed
	// learns tells that it is there to tell the types of its objects.
	learns bool
}

// place is where objects stand in the data. All groups that bring something to
// the same objects share it.
type place struct {
	above   *place
	hops    []Hop
	objects []string
	groups  []*group
	below   map[string]*place
	when    when // its objects are there, where those above are
}

// child is the place of the objects under a key, which are there when w holds;
// types are those of the objects that have the key, nil for all.
func (p *place) child(key string, w when, types, objects []string) *place {
	id := key + " " + strings.Join(types, " ")
	if p.below == nil {
		p.below = map[string]*place{}
	}
	c := p.below[id]
	if c == nil {
		c = &place{above: p, when: when{}, hops: append(p.hops[:len(p.hops):len(p.hops)], Hop{Field: key, Types: types})}
		p.below[id] = c
	}
	c.when = c.when.or(w)
	for _, o := range objects {
		if !slices.Contains(c.objects, o) {
			c.objects = append(c.objects, o)
		}
	}
	return c
}

// entity is how the objects of one type are found by a group.
type entity struct {
	object string
	// on are the types that the data may tell of such an object; nil where there
	// are no others.
	on     []string
	as     *sourceType
	by     []*fieldSet
	needs  []*fieldSet
	fields []Field
	keys   []Field  // those without what is required
	before []*group // that bring the keys, or what contexts take
}

// follows tells whether a group comes after another anyway.
func (g *group) follows(other *group) bool {
	return g == other || g.before[other]
}

// find is the entity of that type, or nil.
func (g *group) find(object string) *entity {
	for _, e := range g.entities {
		if e.object == object {
			return e
		}
	}
	return nil
}

// representable makes the fields that a set of fields has in a representation
// of an object: under their own names there, under the scope's keys in the data.
func (p *planning) representable(sets []ast.SelectionSet, object string, s *scope) []Field {
	var fields []Field
	merged := map[string][]ast.SelectionSet{}
	var order []*ast.Field
	for _, set := range sets {
		p.each(set, object, func(f *ast.Field) {
			if _, met := merged[f.Alias]; !met {
				order = append(order, f)
				merged[f.Alias] = nil
			}
			if f.SelectionSet != nil {
				merged[f.Alias] = append(merged[f.Alias], f.SelectionSet)
			}
		})
	}
	for _, f := range order {
		if f.Name == "__typename" {
			continue
		}
		key := s.needed[object+" "+fieldText(f)]
		def := p.defs[object].Fields.ForName(f.Name)
		if def == nil || key == "" {
			continue
		}
		var below *scope
		if len(merged[f.Alias]) > 0 {
			below = s.child(key)
		}
		fields = append(fields, Field{Key: f.Name, Label: label(f.Name), From: key, Value: p.represented(def.Type, merged[f.Alias], below)})
	}
	return fields
}

func (p *planning) represented(t *ast.Type, sets []ast.SelectionSet, s *scope) *Node {
	if t.Elem != nil {
		return &Node{Kind: List, Nullable: !t.NonNull, Item: p.represented(t.Elem, sets, s)}
	}
	if len(sets) == 0 {
		return scalar(!t.NonNull)
	}
	node := &Node{Kind: Object, Nullable: !t.NonNull}
	if !p.abstract(t.NamedType) {
		node.Fields = p.representable(sets, t.NamedType, s)
		return node
	}
	node.Fields = []Field{typeField("__typename")}
	for _, object := range p.possible[t.NamedType] {
		for _, f := range p.representable(sets, object, s) {
			f.On = []string{object}
			node.Fields = addRepresented(node.Fields, f)
		}
	}
	return node
}

// typeField is the type of an object as the data tells it.
func typeField(from string) Field {
	return Field{Key: "__typename", Label: label("__typename"), From: from, Value: scalar(false)}
}

// scalars are what all leaves of representations are, whether they can be null
// or not.
var scalars = [2]*Node{{Kind: Scalar}, {Kind: Scalar, Nullable: true}}

func scalar(nullable bool) *Node {
	if nullable {
		return scalars[1]
	}
	return scalars[0]
}

// addRepresented adds a field of some types to a representation: to the same
// field of other types, or on its own.
func addRepresented(fields []Field, f Field) []Field {
	for i := range fields {
		have := &fields[i]
		if have.Key != f.Key || have.From != f.From || !have.when.equal(f.when) || (have.On == nil) != (f.On == nil) || !have.Value.same(f.Value) {
			continue
		}
		for _, t := range f.On {
			if !slices.Contains(have.On, t) {
				have.On = append(have.On, t)
			}
		}
		return fields
	}
	f.On = slices.Clone(f.On)
	return append(fields, f)
}

// same tells whether two nodes of representations read the same.
func (n *Node) same(m *Node) bool {
	if n == nil || m == nil {
		return n == m
	}
	return n.Kind == m.Kind && n.Nullable == m.Nullable && n.Text == m.Text && n.Item.same(m.Item) &&
		slices.EqualFunc(n.Fields, m.Fields, func(a, b Field) bool {
			return a.Key == b.Key && a.From == b.From && a.when.equal(b.when) && slices.Equal(a.On, b.On) && a.Value.same(b.Value)
		})
}

// compile writes the fetch of a group.
func (p *planning) compile(g *group, operation string) *Fetch {
	g.sel.gather(p, g.src, nil)
	f := p.request(g, g.sel, operation, false)
	if plain := g.sel.plain(); plain != nil {
		f.Plain = p.request(g, plain, operation, true)
	}
	return f
}

// request is the fetch that asks a selection of a group's objects, found by their
// keys alone if it is plain.
func (p *planning) request(g *group, sel *selection, operation string, plain bool) *Fetch {
	f := &Fetch{Subgraph: g.src.name, At: g.place.hops}
	var body strings.Builder
	uses := sel.write(&body, nil)
	slices.Sort(uses)
	var defs []string
	for _, name := range uses {
		def := "$" + name + ": " + p.variables[name]
		defs = append(defs, def)
		if !slices.ContainsFunc(g.contexts, func(c *borrowed) bool { return c.variable == name }) {
			f.Variables = append(f.Variables, Variable{Name: name, From: name, Definition: inString(def)})
		}
	}
	if len(g.entities) > 0 {
		f.Entity = p.representation(g, plain)
		defs = append([]string{"$" + representations + ": [_Any!]!"}, defs...)
		operation = "query"
	}
	f.Query = operation
	if len(defs) > 0 {
		f.Query += "(" + strings.Join(defs, ", ") + ")"
	}
	f.Roots, f.flat = sel.keys(), !slices.ContainsFunc(sel.fields, func(s *selected) bool { return s.below != nil })
	if f.Entity != nil {
		f.Roots = []string{"_entities"}
		f.Query += " {_entities(representations: $" + representations + ") " + body.String() + "}"
		f.Entity.Selection = inString(body.String())
	} else {
		f.Query += " " + body.String()
	}
	f.Open = open(f.Query)
	f.Contexts, f.Apart = fetchContexts(g), p.apartFrom(g)
	return f
}

// plain is what is asked of entities without the fields that require others: nil
// where that is all of it, or nothing.
func (s *selection) plain() *selection {
	plain := &selection{declared: s.declared, entities: s.entities}
	something := false
	for _, f := range s.fields {
		if !f.demands {
			plain.fields = append(plain.fields, f)
			something = something || f.name != "__typename"
		}
	}
	if !s.entities || !something || len(plain.fields) == len(s.fields) {
		return nil
	}
	return plain
}

const representations = "representations"

// open is how the body of a request with the query begins.
func open(query string) []byte {
	const before, after = `{"query":"`, `","variables":{`
	text := inString(query)
	out := make([]byte, 0, len(before)+len(text)+len(after))
	return append(append(append(out, before...), text...), after...)
}

// inString is how a text stands in a JSON string.
func inString(text string) string {
	if !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c > '~' }) {
		return text // as nearly always: values are in variables
	}
	encoded, _ := json.Marshal(text) // a string can always be encoded
	return string(encoded[1 : len(encoded)-1])
}

// representation describes how the group's objects are represented: plain is by
// their keys alone.
func (p *planning) representation(g *group, plain bool) *Entity {
	e := &Entity{Variable: representations, Representation: &Node{Kind: Object}}
	for _, v := range g.entities {
		v.on = p.told(g.place, []string{v.object})
		name := Field{Key: "__typename", Label: label("__typename"), From: "__typename", On: v.on, Value: &Node{Kind: Static, Text: v.as.name}}
		e.Representation.Fields = addRepresented(e.Representation.Fields, name)
	}
	for _, v := range g.entities {
		fields := v.fields
		if plain {
			fields = v.keys
		}
		for _, f := range fields {
			f.On = v.on
			e.Representation.Fields = addRepresented(e.Representation.Fields, f)
		}
		for _, k := range v.by {
			if by := keyName(v.object, k.text); !slices.Contains(e.By, by) {
				e.By = append(e.By, by)
			}
			for _, s := range k.set {
				if f, ok := s.(*ast.Field); ok && !slices.Contains(e.Keys, f.Name) {
					e.Keys = append(e.Keys, f.Name)
				}
			}
		}
		for _, n := range v.needs {
			if !plain && !slices.Contains(e.With, n.text) {
				e.With = append(e.With, n.text)
			}
		}
	}
	p.conditionsOf(e.Representation.Fields)
	return e
}

// keyName names a key: Type.field, or Type{fields}.
func keyName(typeName, set string) string {
	set = strings.Join(strings.Fields(set), " ")
	if strings.Contains(set, " ") {
		return typeName + "{" + set + "}"
	}
	return typeName + "." + set
}
