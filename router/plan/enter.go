package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// enter goes to another source, or once more to the same one, for objects of
// some types: the fields that they are found by are added where they are known,
// and those that the field to be asked for requires, which is there when w holds.
func (p *planning) enter(pos position, to *source, types []string, field string, w when) position {
	p.tick()
	there := position{src: to, scope: pos.scope, place: pos.place, objects: types, path: pos.path, needed: pos.needed, required: pos.required, when: pos.when, parent: pos.parent, via: pos.via}
	if p.roots[types[0]] {
		there.declared = types[0]
		var after []*group
		if pos.group != nil {
			after = append(after, pos.group)
		}
		there.group = p.group(pos.place, to, after, nil, nil)
		there.sel = there.group.sel
		return there
	}
	if pos.needed {
		w = pos.when
	}
	var after []*group
	entities := make([]*entity, len(types))
	for n, t := range types {
		entities[n], after = p.entity(pos, to, t, field, w, after)
		there.demands = there.demands || len(entities[n].needs) > 0
	}
	contexts, above := p.takeContexts(pos, &there, field, nil)
	for _, g := range above {
		after, entities[0].before = addGroup(after, g), addGroup(entities[0].before, g)
	}
	there.group = p.group(pos.place, to, after, entities, contexts)
	there.sel = there.group.sel
	for _, e := range entities {
		there.group.admit(e)
		if e.as.kind == ast.Interface {
			there.sel.tellType()
		}
	}
	return there
}

// entity is how an object of a type is found in a source. The groups that bring
// what it is found by are added to after.
func (p *planning) entity(pos position, to *source, object, field string, w when, after []*group) (*entity, []*group) {
	way := p.routesFrom(pos.src, object, pos.given)[to.index]
	e := &entity{object: object}
	var needs *fieldSet
	if r, ok := p.resolve(to, object, field, nil, true); ok {
		way, needs = way.under(r.as), r.field.requires
	}
	e.as, e.by = way.as, []*fieldSet{&way.key.fieldSet}
	n := 0
	p.each(way.key.set, object, func(f *ast.Field) {
		from := pos
		if giver := way.from[n]; giver != pos.src {
			from = p.enter(pos, giver, []string{object}, "", nil)
		}
		n++
		p.need(from, object, f)
		after, e.before = addGroup(after, from.group), addGroup(e.before, from.group)
	})
	e.keys = p.representable([]ast.SelectionSet{way.key.set}, object, pos.scope)
	e.fields = e.keys
	if needs != nil {
		e.needs = append(e.needs, needs)
		at := pos
		at.required, at.when = true, w
		after = p.require(at, object, needs, after)
		required := onlyWhen(p.representable([]ast.SelectionSet{needs.set}, object, pos.scope), w)
		var ok bool
		if e.fields, ok = mergeRepresented(e.keys, required); !ok {
			panic(stopped{fmt.Errorf("%s requires of %s what its key %q has otherwise", object+"."+field, to.name, way.key.text)})
		}
	}
	return e, after
}

func addGroup(list []*group, g *group) []*group {
	if slices.Contains(list, g) {
		return list
	}
	return append(list, g)
}

// need asks the source of a position for a field of a key.
func (p *planning) need(pos position, object string, f *ast.Field) {
	pos.needed, pos.required, pos.when, pos.path = true, false, nil, nil
	p.field(pos, &item{key: f.Alias, fields: []occurrence{{field: f}}, types: []string{object}})
}

// require plans the fields that another one requires, and adds the groups that
// bring them to after. The position says when they are required.
func (p *planning) require(pos position, object string, needs *fieldSet, after []*group) []*group {
	pos.needed, pos.path, pos.done, pos.objects = true, nil, nil, []string{object}
	outer := p.gathered
	p.gathered = &[]*group{}
	left := p.object(pos, []ast.SelectionSet{needs.set})
	for _, g := range *p.gathered {
		after = addGroup(after, g)
	}
	p.gathered = outer
	p.lack(left)
	return after
}

// group is the group at a place that asks a source after others: one that does
// so anyway, or a new one.
func (p *planning) group(at *place, src *source, after []*group, entities []*entity, contexts []*borrowed) *group {
	for _, g := range at.groups {
		if g.src == src && g.series == p.series && (g.entities == nil) == (entities == nil) && g.takes(entities) && slices.Equal(g.contexts, contexts) &&
			!slices.ContainsFunc(after, func(before *group) bool { return g == before || !g.follows(before) }) {
			return g
		}
	}
	g := &group{src: src, place: at, after: after, series: p.series, contexts: contexts, sel: &selection{entities: entities != nil}}
	g.before = map[*group]bool{}
	for _, before := range after {
		g.before[before] = true
		maps.Copy(g.before, before.before)
	}
	at.groups = append(at.groups, g)
	p.groups = append(p.groups, g)
	return g
}

// takes tells whether a group can find all of these objects, too: an object is
// represented once, with one value for each field.
func (g *group) takes(entities []*entity) bool {
	return !slices.ContainsFunc(entities, func(e *entity) bool {
		have := g.find(e.object)
		if have == nil {
			return false
		}
		_, ok := mergeRepresented(have.fields, e.fields)
		return have.as != e.as || !ok
	})
}

// admit lets the group find an object of a type, or adds to how it does.
func (g *group) admit(e *entity) {
	have := g.find(e.object)
	if have == nil {
		g.entities = append(g.entities, e)
		return
	}
	have.fields, _ = mergeRepresented(have.fields, e.fields) // it takes them
	have.keys, _ = mergeRepresented(have.keys, e.keys)
	for _, g := range e.before {
		have.before = addGroup(have.before, g)
	}
	for _, k := range e.by {
		if !slices.Contains(have.by, k) {
			have.by = append(have.by, k)
		}
	}
	for _, n := range e.needs {
		if !slices.Contains(have.needs, n) {
			have.needs = append(have.needs, n)
		}
	}
}
