package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
)

// shape is what a client gets, read off the operation as it was written.
func (c compiler) shape(made *Plan, n *operation.Normalized, tick func()) *Shape {
	s := &shaper{compiler: c, operation: n, schema: c.super.Schema, made: map[nodeKey]*Node{}, renamed: made.renamed, tick: tick}
	for _, w := range made.Conditions {
		s.conditions = append(s.conditions, w)
	}
	shape := &Shape{Root: s.object([]ast.SelectionSet{n.Selections()}, c.super.Roots[n.Kind.String()], nil)}
	shape.Root.Nullable = true
	for _, w := range s.conditions {
		shape.Conditions = append(shape.Conditions, w)
	}
	return shape
}

// shaper makes the shape of one operation.
type shaper struct {
	compiler
	operation *operation.Normalized
	schema    *ast.Schema
	renamed   []renaming
	conditions
	tick func()
	// made remembers nodes: the same selections of the same type are one node.
	made map[nodeKey]*Node
}

// renaming is a field that the planner gave another key: the way to it in
// response keys, and the key that the data has.
type renaming struct {
	path []step
	from string
}

// step is a response key of objects of some types.
type step struct {
	on  []string
	key string
}

// leads tells whether the way to the renamed field goes along a path.
func (r renaming) leads(path []step) bool {
	for i, s := range path {
		if r.path[i].key != s.key || !slices.Contains(r.path[i].on, s.on[0]) {
			return false
		}
	}
	return true
}

// object is the shape of an object of a type: a case for each set of concrete
// types that have the same fields. Where they all have the same, and do not show
// their types, an object will do of which only the interface is known.
func (s *shaper) object(sets []ast.SelectionSet, typeName string, path []step) *Node {
	s.tick()
	node := &Node{Kind: Object, Type: typeName}
	for _, concrete := range s.concretes[typeName] {
		found := s.fields(sets, concrete, path)
		same := slices.IndexFunc(node.Cases, func(c Case) bool {
			return sameFields(c.Fields, found.Fields) && slices.EqualFunc(c.Deferred, found.Deferred, sameParts)
		})
		if same < 0 {
			found.On = []string{concrete}
			node.Cases = append(node.Cases, found)
			continue
		}
		node.Cases[same].On = append(node.Cases[same].On, concrete)
	}
	if s.nameless[typeName] && len(node.Cases) == 1 && !node.Cases[0].tells() {
		node.Cases[0].On = append(node.Cases[0].On, typeName)
	}
	return node
}

// tells tells whether the type of an object is shown.
func (c *Case) tells() bool {
	return slices.ContainsFunc(c.Fields, tellsType) ||
		slices.ContainsFunc(c.Deferred, func(p Part) bool { return slices.ContainsFunc(p.Fields, tellsType) || len(p.Deferred) > 0 })
}

func tellsType(f Field) bool { return f.Value.Kind == TypeName }

func sameFields(a, b []Field) bool {
	return slices.EqualFunc(a, b, func(x, y Field) bool {
		return x.Key == y.Key && x.From == y.From && x.If == y.If && x.Unless == y.Unless && x.Value == y.Value
	})
}

func sameParts(a, b Part) bool {
	return a.Group == b.Group && sameFields(a.Fields, b.Fields) && slices.EqualFunc(a.Deferred, b.Deferred, sameParts)
}

// fields collects the fields of a concrete type (specification, 6.3.2). A field
// that is selected under different conditions stands at each place where it may
// be met first.
func (s *shaper) fields(sets []ast.SelectionSet, concrete string, path []step) Case {
	var all gathered
	for _, set := range sets {
		s.collect(set, concrete, nil, func(f *ast.Field, under []int) { all.add(occurrence{f, under}) })
	}
	out := Case{Fields: make([]Field, 0, len(all.list))}
	met := map[metAt]when{}
	for _, o := range all.list {
		key := o.field.Alias
		if _, _, _, again := operation.Same(key); again || operation.Placeholder(key) {
			continue
		}
		list, rest, part := &out.Fields, key, 0
		if group, _, inner, ok := operation.Deferred(key); ok {
			list, rest, part = &s.part(&out.Deferred, group).Fields, inner, group
		}
		found := all.under(key)
		field := s.one(key, rest, found, concrete, path)
		if len(found) > 1 || len(o.under) > 0 || field.Value.Kind == Marker { // else it is met once, and always there
			if !s.meet(&field, o, part, met) {
				continue
			}
		}
		*list = append(*list, field)
	}
	for _, o := range all.list {
		if group, _, rest, ok := operation.Same(o.field.Alias); ok {
			i := slices.IndexFunc(out.Fields, func(f Field) bool { return f.Key == rest })
			if i < 0 {
				continue
			}
			field := out.Fields[i] // which is there where this one is
			if field.If, field.Unless = 0, 0; s.meet(&field, o, group, met) {
				part := s.part(&out.Deferred, group)
				part.Fields = append(part.Fields, field)
			}
		}
	}
	return out
}

// meet gives a field that is met at one of its places its conditions, and tells
// whether it can be met there first.
func (s *shaper) meet(field *Field, o occurrence, part int, met map[metAt]when) bool {
	place := metAt{part, field.Key}
	before, again := met[place]
	if again && before.covers(o.under) {
		return false
	}
	here := when{o.under}
	if len(o.under) > 0 {
		field.If = s.condition(here) + 1
	}
	if again {
		field.Unless = s.condition(before) + 1
	} else {
		before = when{}
	}
	met[place] = before.or(here)
	return true
}

// gathered are fields in the order in which they were met.
type gathered struct {
	list []occurrence
	at   map[string][]occurrence // by their keys, where there are many
}

func (g *gathered) add(o occurrence) {
	g.list = append(g.list, o)
	switch {
	case g.at != nil:
		g.at[o.field.Alias] = append(g.at[o.field.Alias], o)
	case len(g.list) > manyItems:
		g.at = make(map[string][]occurrence, 2*len(g.list))
		for _, o := range g.list {
			g.at[o.field.Alias] = append(g.at[o.field.Alias], o)
		}
	}
}

// under are the fields under a key.
func (g *gathered) under(key string) []occurrence {
	if g.at != nil {
		return g.at[key]
	}
	first := slices.IndexFunc(g.list, func(o occurrence) bool { return o.field.Alias == key })
	found := g.list[first : first+1 : first+1]
	for _, o := range g.list[first+1:] {
		if o.field.Alias == key {
			found = append(found, o)
		}
	}
	return found
}

// part is the part of an object that a group is, in those around it.
func (s *shaper) part(parts *[]Part, group int) *Part {
	if around := s.operation.Around[group-1]; around > 0 {
		parts = &s.part(parts, around).Deferred
	}
	i := slices.IndexFunc(*parts, func(p Part) bool { return p.Group == group })
	if i < 0 {
		i = len(*parts)
		*parts = append(*parts, Part{Group: group})
	}
	return &(*parts)[i]
}

func (s *shaper) collect(set ast.SelectionSet, concrete string, under []int, each func(*ast.Field, []int)) {
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			each(sel, both(under, sel.Directives))
		case *ast.InlineFragment:
			if s.applies(sel.TypeCondition, concrete) {
				s.collect(sel.SelectionSet, concrete, both(under, sel.Directives), each)
			}
		}
	}
}

func (s *shaper) applies(condition, concrete string) bool {
	if condition == "" || condition == concrete {
		return true
	}
	def := s.schema.Types[condition]
	if def == nil || !def.IsAbstractType() {
		return false
	}
	if own := s.schema.Types[concrete]; own != nil && own.Kind == ast.Interface {
		return slices.Contains(own.Interfaces, condition)
	}
	return slices.ContainsFunc(s.schema.GetPossibleTypes(def), func(p *ast.Definition) bool { return p.Name == concrete })
}

// metAt is a response key of an object or of one of its deferred parts.
type metAt struct {
	part int
	key  string
}

// one is a field of a concrete type, whose response key in the operation is key:
// rest without what a deferred fragment adds to it.
func (s *shaper) one(key, rest string, found []occurrence, concrete string, path []step) Field {
	field := Field{Key: operation.Plain(rest), From: key}
	if index, nullable, marked, ok := operation.Marked(rest); ok {
		field.Key = marked
		field.Value = s.remember(nodeKey{rest: rest}, func() *Node { return &Node{Kind: Marker, Nullable: nullable, Index: index} })
	} else {
		below := path
		if len(s.renamed) > 0 {
			below = append(slices.Clone(path), step{[]string{concrete}, key})
			field.From = s.dataKey(below, key)
		}
		field.Value = s.field(found, concrete, below)
	}
	if alias, ok := s.operation.AliasOf(field.Key); ok {
		field.Alias = alias + 1
	} else {
		field.Label = s.label(field.Key)
	}
	return field
}

// dataKey is the key under which the data has the field at the end of a path.
func (s *shaper) dataKey(path []step, key string) string {
	for _, r := range s.renamed {
		if len(r.path) == len(path) && r.leads(path) {
			return r.from
		}
	}
	return key
}

// field is the shape of a field that is selected once or more.
func (s *shaper) field(fields []occurrence, concrete string, path []step) *Node {
	name := fields[0].field.Name
	if name == "__typename" {
		return s.remember(nodeKey{typ: concrete}, func() *Node { return &Node{Kind: TypeName, Type: concrete} })
	}
	def := s.schema.Types[concrete].Fields.ForName(name)
	if def == nil {
		return &Node{Kind: Scalar, Nullable: true}
	}
	if leaf := s.leaves[def.Type]; leaf != nil {
		return leaf
	}
	key := nodeKey{typ: s.texts[def.Type], field: fields[0].field}
	if slices.ContainsFunc(s.renamed, func(r renaming) bool { return len(r.path) > len(path) && r.leads(path) }) {
		key.rest = fmt.Sprint(path)
	}
	if len(fields) > 1 || len(fields[0].under) > 0 {
		for _, f := range fields {
			key.rest += fmt.Sprintf(" %p%v", f.field, f.under)
		}
	}
	return s.remember(key, func() *Node { return s.value(fields, def.Type, path) })
}

// nodeKey is what a node is made of: a field of a type, and what else there is.
type nodeKey struct {
	typ   string
	field *ast.Field
	rest  string
}

func (s *shaper) remember(key nodeKey, build func() *Node) *Node {
	if n := s.made[key]; n != nil {
		return n
	}
	n := build()
	s.made[key] = n
	return n
}

// value is the shape of an object, or of a list of objects.
func (s *shaper) value(fields []occurrence, t *ast.Type, path []step) *Node {
	if t.Elem != nil {
		return &Node{Kind: List, Nullable: !t.NonNull, Type: strings.TrimSuffix(s.texts[t], "!"), Item: s.value(fields, t.Elem, path)}
	}
	node := s.object(setsBelow(fields), t.NamedType, path)
	node.Nullable = !t.NonNull
	return node
}
