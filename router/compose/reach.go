package compose

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// reacher knows where a router can get from where: from a subgraph at a value of
// some type, by keys, to others.
//
// What is reachable by a key depends on what its fields can be fetched from,
// which again depends on what is reachable. So all sets grow together, round by
// round, until none grows: the work is polynomial in the size of the schema.
type reacher struct {
	super   *supergraph
	index   map[*subgraph]int32
	locals  map[*mergedType]map[int32][]*typeDef
	doors   map[*mergedType][]door
	sets    map[place]*optionSet
	order   []place
	changed bool
	settled bool

	gone     map[*field]bool // fields another subgraph took over
	provides map[*field]int32
	inner    map[*federation.Selection]int32
	brought  []federation.FieldSet // what the option's provided number brings along
	asking   map[*field]int        // fields whose @requires is being looked at

	uses     []contextUse // what contextual arguments select
	needs    map[*field][]int
	contexts map[*mergedType][]string
}

// place is an option at a type.
type place struct {
	t *mergedType
	o option
}

// door is a key by which a subgraph is entered at a type.
type door struct {
	sub *subgraph
	key *key
}

// newReacher looks at all places. labels says whether progressive overrides are
// taken as done or as not begun.
func newReacher(super *supergraph, labels bool) *reacher {
	r := &reacher{
		super: super, index: map[*subgraph]int32{}, locals: map[*mergedType]map[int32][]*typeDef{}, doors: map[*mergedType][]door{},
		sets: map[place]*optionSet{}, gone: map[*field]bool{}, provides: map[*field]int32{}, inner: map[*federation.Selection]int32{},
		brought: []federation.FieldSet{nil}, asking: map[*field]int{},
		needs: map[*field][]int{}, contexts: map[*mergedType][]string{},
	}
	for i, s := range super.subs {
		r.index[s] = int32(i)
	}
	for _, t := range super.types {
		for _, f := range t.fields {
			r.readField(f, labels)
		}
	}
	for _, t := range super.types {
		if len(r.doorsOf(t)) > 0 {
			for sub := range r.localsOf(t) {
				r.reach(t, option{sub: sub})
			}
		}
	}
	slices.SortFunc(r.order, func(a, b place) int {
		if a.t != b.t {
			return compareNames(a.t, b.t)
		}
		return compareOptions(a.o, b.o)
	})
	r.settle()
	return r
}

func compareNames(a, b *mergedType) int {
	if a.name < b.name {
		return -1
	}
	return 1
}

func (r *reacher) readField(f *mergedField, labels bool) {
	for _, p := range f.parts {
		r.readOverride(f, p, labels)
		r.readContexts(p)
		if p.provides != nil && f.fromInterface == nil {
			r.provides[p] = r.number(p.provides.set)
		}
	}
}

// readOverride notes which end of an override does not resolve the field.
func (r *reacher) readOverride(f *mergedField, p *field, labels bool) {
	from := r.super.bySub[p.override]
	if p.override == "" || from == nil || from == p.owner.sub {
		return
	}
	source := f.part(from)
	switch {
	case p.overrideLabel != "" && !labels:
		r.gone[p] = true
	case source != nil:
		r.gone[source] = true
	}
}

// number gives a provided selection, and those inside it, their numbers.
func (r *reacher) number(set federation.FieldSet) int32 {
	if len(set) == 0 {
		return 0
	}
	n := int32(len(r.brought))
	r.brought = append(r.brought, set)
	for i := range set {
		r.numberInner(&set[i])
	}
	return n
}

func (r *reacher) numberInner(s *federation.Selection) {
	if s.Field != "" {
		r.inner[s] = r.number(s.Fields)
		return
	}
	for i := range s.Fields {
		r.numberInner(&s.Fields[i])
	}
}

// localsOf are the types that stand for a type in each subgraph: its own part,
// and the interface objects of its interfaces.
func (r *reacher) localsOf(t *mergedType) map[int32][]*typeDef {
	if found, ok := r.locals[t]; ok {
		return found
	}
	found := map[int32][]*typeDef{}
	r.locals[t] = found
	for _, part := range t.parts {
		found[r.index[part.sub]] = append(found[r.index[part.sub]], part)
	}
	if t.kind != ast.Object {
		return found
	}
	for _, name := range t.interfaces {
		i := r.super.byName[name]
		if i == nil || !i.hasInterfaceObject {
			continue
		}
		for _, part := range i.parts {
			if part.interfaceObject {
				found[r.index[part.sub]] = append(found[r.index[part.sub]], part)
			}
		}
	}
	return found
}

// doorsOf are the keys by which subgraphs can be entered at a type.
func (r *reacher) doorsOf(t *mergedType) []door {
	if found, ok := r.doors[t]; ok {
		return found
	}
	var found []door
	locals := r.localsOf(t)
	for _, sub := range slices.Sorted(maps.Keys(locals)) {
		for _, local := range locals[sub] {
			for i := range local.keys {
				if k := &local.keys[i]; k.resolvable && (!local.interfaceObject || t.hasKeyEverywhere(k.set)) {
					found = append(found, door{local.sub, k})
				}
			}
		}
	}
	r.doors[t] = found
	return found
}

// hasKeyEverywhere says whether each object that the type may be has the key in
// some subgraph. An interface object stands only for entities: an object is handed
// to it by a key of its own.
func (t *mergedType) hasKeyEverywhere(set federation.FieldSet) bool {
	if t.kind == ast.Interface {
		return !slices.ContainsFunc(t.implementers, func(o *mergedType) bool { return !o.hasKeyEverywhere(set) })
	}
	return slices.ContainsFunc(t.parts, func(part *typeDef) bool {
		return slices.ContainsFunc(part.keys, func(k key) bool { return k.set.Canonical() == set.Canonical() })
	})
}

// reach is where a router can get to from an option at a type.
func (r *reacher) reach(t *mergedType, o option) *optionSet {
	at := place{t, o}
	if set := r.sets[at]; set != nil {
		return set
	}
	set := newOptionSet(len(r.super.subs))
	set.add(o)
	r.sets[at] = set
	if t.kind == ast.Object && (t.name == "Query" || t.name == "Mutation" || t.name == "Subscription") {
		for sub := range r.localsOf(t) {
			set.add(option{sub: sub})
		}
	}
	if len(r.doorsOf(t)) == 0 {
		return set
	}
	r.order = append(r.order, at)
	r.changed = true
	if r.settled {
		r.settled = false
		r.settle()
	}
	return set
}

// settle lets all sets grow until none does.
func (r *reacher) settle() {
	for r.changed {
		r.changed = false
		for i := 0; i < len(r.order); i++ {
			r.grow(r.order[i])
		}
	}
	r.settled = true
}

// grow adds to a place what its own set now opens the doors to.
func (r *reacher) grow(at place) {
	set := r.sets[at]
	for grown := true; grown; {
		grown = false
		open := map[string]bool{}
		for _, d := range r.doorsOf(at.t) {
			o := option{sub: r.index[d.sub]}
			if set.has(o) {
				continue
			}
			can, known := open[d.key.text]
			if !known {
				can = r.canSelect(at.t, set, d.key.set)
				open[d.key.text] = can
			}
			if can {
				set.add(o)
				grown, r.changed = true, true
			}
		}
	}
}

// closed is everything reachable from any of the options.
func (r *reacher) closed(t *mergedType, from *optionSet) *optionSet {
	all := newOptionSet(len(r.super.subs))
	from.all(func(o option) bool {
		all.addAll(r.reach(t, o))
		return true
	})
	return all
}
