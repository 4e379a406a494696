package plan

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// position is where the planning stands: at objects that a group of a source
// brings.
type position struct {
	src   *source // nil at the root of the operation
	group *group
	sel   *selection
	scope *scope
	place *place
	// declared is the type of the objects in the source; empty for entities, each
	// of which is found by its own.
	declared string
	// objects are the types that the objects can have, as the source knows them.
	objects []string
	// given is what the source provides of them.
	given provided
	// path leads here in the response keys of the operation.
	path []step
	// needed tells that the plan itself needs what is selected: when a field is
	// there that requires it, or, where none does, always.
	needed   bool
	required bool
	when     when
	// demands tells that the field to be asked for requires others.
	demands bool
	done    map[string]bool
	// parent is the position of the objects above, via their types.
	parent *position
	via    []string
	// arguments are those that the field to be asked for takes from contexts.
	arguments ast.ArgumentList
}

// object plans what is selected of the objects at a position, and gives what
// no subgraph that can be reached from here resolves.
func (p *planning) object(pos position, sets []ast.SelectionSet) []*item {
	p.tick()
	w := p.want(pos.src, pos.objects, sets, pos.given, pos.done)
	left := p.items(pos, w.items)
	for _, object := range w.learn {
		left = append(left, p.learn(pos, object, sets, keysOf(w.items))...)
	}
	return left
}

// learn asks a source that knows what an object is of which only the interface
// is known, and plans the rest of what is selected from there.
func (p *planning) learn(pos position, object string, sets []ast.SelectionSet, done map[string]bool) []*item {
	all := p.collect(object, sets)
	to, _ := p.teacher(pos.src, object, sets, pos.given, done)
	if to == nil {
		return append(all.items, &item{key: "__typename", fields: []occurrence{{field: &ast.Field{Name: "__typename", Alias: "__typename"}}}, types: []string{object}})
	}
	there := p.enter(pos, to, []string{object}, "", nil)
	there.group.learns = true
	there.declared, there.objects = object, to.types[object].objects
	there.done = done
	return p.object(there, sets)
}

// items plans fields of the objects at a position. What the source that was
// chosen first cannot give all of is asked of the next.
func (p *planning) items(pos position, items []*item) []*item {
	var left []*item
	for len(items) > 0 {
		var again []*item
		choices, _ := p.assign(pos.src, items, pos.given)
		var away []choice
		for _, c := range choices {
			switch {
			case c.src == nil:
				left = append(left, p.apart(c.item, &again)...)
			case c.src == pos.src && p.here(pos, c.item):
				again = append(again, tried(p.field(pos, c.item), c.src)...)
			default:
				away = append(away, c)
			}
		}
		again = append(again, p.elsewhere(pos, away)...)
		items = again
	}
	return left
}

// here tells whether the source of a position resolves a field as it stands.
func (p *planning) here(pos position, i *item) bool {
	_, ok := p.resolve(pos.src, i.types[0], i.name(), pos.given, false)
	return ok
}

// apart splits an item that nobody gives for all of its types; one of a single
// type is left.
func (p *planning) apart(i *item, again *[]*item) []*item {
	if len(i.types) == 1 {
		return []*item{i}
	}
	for _, t := range i.types {
		*again = append(*again, &item{key: i.key, fields: i.fields, when: i.when, types: []string{t}, tried: i.tried})
	}
	return nil
}

func tried(left *item, src *source) []*item {
	if left == nil {
		return nil
	}
	left.tried = append(slices.Clone(left.tried), src)
	return []*item{left}
}

// elsewhere plans fields that other sources are asked for: those that need more
// than a key first, so that the others go along with them.
func (p *planning) elsewhere(pos position, choices []choice) []*item {
	var left []*item
	var entered []entrance
	for _, demanding := range []bool{true, false} {
		for _, c := range choices {
			r, _ := p.resolve(c.src, c.item.types[0], c.item.name(), nil, true)
			if r.field.demanding() != demanding {
				continue
			}
			var there position
			same := slices.IndexFunc(entered, func(e entrance) bool { return e.leads(c, r) })
			if same >= 0 {
				there = entered[same].there
			} else if there = p.enter(pos, c.src, c.item.types, c.item.name(), c.item.when); !demanding && len(c.item.types) == 1 {
				entered = append(entered, entrance{c.src, c.item.types[0], r.as, there})
			}
			left = append(left, tried(p.field(there, c.item), c.src)...)
		}
	}
	return left
}

// entrance is where the objects of a type were found in a source: every field of
// the type there that needs nothing but a key is asked for at the same position.
type entrance struct {
	src    *source
	object string
	as     *sourceType
	there  position
}

func (e entrance) leads(c choice, r resolved) bool {
	return e.src == c.src && len(c.item.types) == 1 && e.object == c.item.types[0] && e.as == r.as && !r.field.demanding()
}

// field asks the source of a position for a field, and plans what is selected
// in it. It gives what of it is left.
func (p *planning) field(pos position, i *item) *item {
	r, _ := p.resolve(pos.src, i.types[0], i.name(), pos.given, true)
	f, of := i.first(), r.field.typ.Name()
	asked := f
	if len(pos.arguments) > 0 {
		with := *f
		with.Arguments = append(slices.Clone(f.Arguments), pos.arguments...)
		i = &item{key: i.key, fields: append([]occurrence{{&with, i.fields[0].under}}, i.fields[1:]...), when: i.when, types: i.types, tried: i.tried}
		f = &with
	}
	if !p.composite(of) {
		of = ""
	}
	key := p.key(pos, i, r)
	s := pos.sel.add(p.on(pos, i, of), key, fieldText(f), of, f)
	s.ask(pos, i.when)
	if p.gathered != nil {
		*p.gathered = addGroup(*p.gathered, pos.group)
	}
	if of == "" {
		return nil
	}
	return p.inside(pos, i, asked, s, r)
}

// inside plans what is selected in a field that the source of a position is
// asked for, and gives what of it is left.
func (p *planning) inside(pos position, i *item, asked *ast.Field, s *selected, r resolved) *item {
	key, of := s.key, s.of
	s.below.declared = of
	below := position{
		src: pos.src, group: pos.group, sel: s.below, scope: pos.scope.child(key), declared: of, objects: pos.src.types[of].objects,
		given: r.below, path: append(slices.Clone(pos.path), step{p.tellable(i.types), i.key}), needed: pos.needed, required: pos.required, when: pos.when, parent: &pos, via: i.types,
	}
	below.place = pos.place.child(key, pos.asks(i.when), p.told(pos.place, i.types), below.objects)
	if def := p.defs[i.types[0]].Fields.ForName(i.name()); def != nil && p.abstract(def.Type.Name()) || p.abstract(of) {
		s.below.tellType()
	}
	left := p.object(below, i.sets())
	if len(left) == 0 {
		return nil
	}
	rest := *asked
	rest.SelectionSet, rest.Directives = nil, nil
	for _, l := range left {
		for _, t := range l.types {
			var set ast.SelectionSet
			for _, f := range l.fields {
				set = append(set, onlyUnder(f.under, ast.SelectionSet{f.field})...)
			}
			rest.SelectionSet = append(rest.SelectionSet, &ast.InlineFragment{TypeCondition: t, SelectionSet: set})
		}
	}
	return &item{key: i.key, fields: []occurrence{{field: &rest}}, when: i.when, types: i.types, tried: i.tried}
}

// asks is when a field is asked for that is there when w holds.
func (pos position) asks(w when) when {
	switch {
	case !pos.needed:
		return w
	case pos.required:
		return pos.when
	}
	return nil
}

// ask notes when, and for what, a field is asked for.
func (f *selected) ask(pos position, w when) {
	f.demands = f.demands || pos.demands
	f.when = f.when.or(pos.asks(w))
	if !pos.needed || pos.required {
		f.brings = f.brings.or(pos.asks(w))
	}
	f.wanted = f.wanted || !pos.needed
}

// key is the response key under which the data has a field.
func (p *planning) key(pos position, i *item, r resolved) string {
	text := fieldText(i.first())
	if pos.needed {
		return pos.scope.need(i.name(), text, i.types, pos.src, r.field.text)
	}
	key := pos.scope.take(i.key, text, i.types, pos.src, r.field.text)
	if key != i.key {
		p.renamed = append(p.renamed, renaming{append(slices.Clone(pos.path), step{p.tellable(i.types), i.key}), key})
	}
	return key
}

// on are the types, as the source names them, whose objects are asked for a
// field, of gives objects of; nil where that goes without saying.
func (p *planning) on(pos position, i *item, of string) []string {
	if st := pos.src.types[pos.declared]; st != nil && len(i.types) == len(st.objects) && st.gives(i.name(), of) {
		if pos.sel.entities {
			return []string{pos.declared}
		}
		return nil
	}
	if !pos.sel.entities || pos.declared != "" {
		return i.types
	}
	var on []string
	for _, t := range i.types {
		if e := pos.group.find(t); !slices.Contains(on, e.as.name) {
			on = append(on, e.as.name)
		}
	}
	return on
}

// told are the types that the data tells of some objects of a place; nil for all
// of them.
func (p *planning) told(at *place, types []string) []string {
	for _, o := range at.objects {
		if !slices.Contains(types, o) {
			return p.tellable(types)
		}
	}
	return nil
}

// tellable are the types that the data can tell of objects.
func (p *planning) tellable(types []string) []string {
	var on []string
	for _, t := range types {
		on = append(on, p.concrete(t)...)
		if p.unknown(t) {
			on = append(on, t)
		}
	}
	return on
}
