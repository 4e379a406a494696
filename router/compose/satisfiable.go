package compose

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// satisfiable: every query that clients can write can be planned.
//
// A query's path leads from a root to a type; all that matters of it is in which
// subgraphs a router may then stand. So the walk is over (type, options), and a
// state that can do no less than one that was seen needs no second look. It goes
// breadth first, so what it cannot get past is at the end of a shortest query.
func satisfiable(super *supergraph) Errors {
	errs := walkStates(super, newReacher(super, true))
	if len(errs) == 0 && super.hasOverrideLabels() {
		errs = walkStates(super, newReacher(super, false))
	}
	return errs
}

func (s *supergraph) hasOverrideLabels() bool {
	found := false
	s.eachOverride(func(_ *mergedField, p *field) { found = found || p.overrideLabel != "" })
	return found
}

// state is a type with the options of a router there, and how it was come by.
type state struct {
	t       *mergedType
	options *optionSet // where the value may be, and all that is reachable from there
	scope   contextSet // what the fields of the type may use
	below   contextSet // what the fields further down may use
	from    *state
	by      *mergedField // nil for a root and for a type condition
	outdoes *optionSet   // what its options outdo; nil until that is asked for
}

type stateWalk struct {
	*reacher
	simulation *simulation
	queue      []*state
	delayed    []*state                 // of types with a crowd of states, the fewest options first
	seen       map[*mergedType][]*state // of which none can do less than another
	crowded    []*mergedType            // with more states than are told apart
	reported   map[*mergedField]bool
	errs       Errors
}

func walkStates(super *supergraph, r *reacher) Errors {
	w := &stateWalk{reacher: r, simulation: newSimulation(r), seen: map[*mergedType][]*state{}, reported: map[*mergedField]bool{}}
	for _, name := range []string{"Query", "Mutation", "Subscription"} {
		t := super.byName[name]
		if t == nil || t.inaccessible {
			continue
		}
		from := newOptionSet(len(super.subs))
		for _, part := range t.parts {
			from.add(option{sub: r.index[part.sub]})
		}
		w.enter(&state{t: t}, from)
	}
	for s := w.take(); s != nil; s = w.take() {
		w.visit(s)
	}
	if len(w.errs) == 0 && len(w.crowded) > 0 {
		w.refuseCrowd(w.crowded[0])
	}
	return w.errs
}

// crowd is how many states of a type are looked at in the order they were found.
// Value types whose fields are in ever other subgraphs can have as many states as
// there are sets of subgraphs. Of those beyond the crowd, the ones with the fewest
// options go first, as all that have more then need no look; and they are compared
// by what their options can do rather than by which they are. A type with more
// than limit states even so is refused: to tell whether any set of subgraphs is a
// dead end takes exponential time in the worst case, and a graph that was not
// looked through is not accepted. A type that many subgraphs share has a state or
// two for each of them, which is no crowd.
func (t *mergedType) crowd() int { return 64 + 2*len(t.parts) }

func (t *mergedType) limit() int { return 1024 + 2*len(t.parts) }

// take is the next state to look at.
func (w *stateWalk) take() *state {
	if len(w.queue) > 0 {
		s := w.queue[0]
		w.queue = w.queue[1:]
		return s
	}
	for len(w.delayed) > 0 {
		s := w.delayed[0]
		w.delayed = w.delayed[1:]
		if !w.covered(s) {
			return s
		}
	}
	return nil
}

// covered says whether another state that can do no more was seen.
func (w *stateWalk) covered(s *state) bool {
	return slices.ContainsFunc(w.seen[s.t], func(seen *state) bool { return seen != s && w.covers(seen, s) })
}

// covers says whether a query that fails in the second state fails in the first.
func (w *stateWalk) covers(a, b *state) bool {
	if !a.scope.within(b.scope) || len(w.seen[a.t]) < a.t.crowd() {
		return a.scope.within(b.scope) && a.options.within(b.options)
	}
	if b.outdoes == nil {
		b.outdoes = w.simulation.outdoneBy(b.t, b.options)
	}
	return a.options.within(b.outdoes)
}

// enter queues a state unless one that can do no more was seen.
func (w *stateWalk) enter(s *state, from *optionSet) {
	s.options = w.closed(s.t, from)
	if s.from != nil {
		s.scope = s.from.below
	}
	if w.covered(s) {
		return
	}
	s.below = w.scopeBelow(s.t, s.options, s.scope)
	delay := len(w.seen[s.t]) >= s.t.crowd()
	w.seen[s.t] = slices.DeleteFunc(w.seen[s.t], func(seen *state) bool { return w.covers(s, seen) })
	if len(w.seen[s.t]) == s.t.limit() {
		w.crowded = appendNew(w.crowded, s.t)
		return
	}
	w.seen[s.t] = append(w.seen[s.t], s)
	if delay {
		at, _ := slices.BinarySearchFunc(w.delayed, s.options.size(), func(d *state, size int) int { return d.options.size() - size })
		w.delayed = slices.Insert(w.delayed, at, s)
		return
	}
	w.queue = append(w.queue, s)
}

func (w *stateWalk) visit(s *state) {
	if s.t.kind != ast.Object {
		w.visitAbstract(s)
		return
	}
	for _, f := range s.t.fields {
		if !f.inaccessible {
			w.follow(s, f)
		}
	}
}

// follow goes along a field of an object.
func (w *stateWalk) follow(s *state, f *mergedField) {
	values := newOptionSet(len(w.super.subs))
	typeIn := map[option]string{}
	try := func(o option, p *field) {
		value, ok := w.resolves(s.t, f.name, o, w.reach(s.t, o), s.scope)
		if !ok {
			return
		}
		values.add(value)
		if p != nil && p.typ.Name() != f.typ.Name() {
			typeIn[value] = p.typ.Name()
		}
	}
	for _, p := range w.origins(f) {
		if o := (option{sub: w.index[p.owner.sub]}); s.options.has(o) {
			try(o, p)
		}
	}
	for _, o := range s.options.provided {
		try(o, nil)
	}
	next := w.super.byName[f.typ.Name()]
	switch {
	case values.empty():
		w.refuse(s, f)
	case next == nil || next.inaccessible || next.kind == ast.Scalar || next.kind == ast.Enum:
	case len(typeIn) > 0:
		w.enterByType(&state{t: next, from: s, by: f, below: s.below}, values, typeIn)
	default:
		w.enter(&state{t: next, from: s, by: f}, values)
	}
}

// enterByType goes on from a field that has narrower types in some subgraphs: to
// each object that may be there, with the subgraphs whose own type it may be of.
func (w *stateWalk) enterByType(s *state, values *optionSet, typeIn map[option]string) {
	for _, object := range w.super.possibleList(s.t) {
		cast := newOptionSet(len(w.super.subs))
		values.all(func(o option) bool {
			name := cmp.Or(typeIn[o], s.t.name)
			if name == object.name || w.mayBe(o.sub, name, object) {
				cast.add(o)
			}
			return true
		})
		if !object.inaccessible && !cast.empty() {
			w.enter(&state{t: object, from: s}, cast)
		}
	}
}

// origins are the parts of the field and of those that interface objects give.
func (w *stateWalk) origins(f *mergedField) []*field {
	parts := f.parts[:len(f.parts):len(f.parts)]
	for _, name := range f.owner.interfaces {
		i := w.super.byName[name]
		if i == nil || !i.hasInterfaceObject || i.field(f.name) == nil {
			continue
		}
		for _, p := range i.field(f.name).parts {
			if p.owner.interfaceObject {
				parts = append(parts, p)
			}
		}
	}
	return parts
}

// visitAbstract goes on to each object that may be where an interface or union is.
func (w *stateWalk) visitAbstract(s *state) {
	known := false
	s.options.all(func(o option) bool {
		local := w.super.subs[o.sub].byName[s.t.name]
		known = known || local != nil && !local.interfaceObject
		return !known
	})
	for _, f := range s.t.fields {
		if f.inaccessible {
			continue
		}
		values := w.interfaceObjectNext(s.t, f.name, s.options)
		if next := w.super.byName[f.typ.Name()]; !values.empty() && next != nil && !next.inaccessible && next.kind != ast.Enum && next.kind != ast.Scalar {
			w.enter(&state{t: next, from: s, by: f}, values)
		}
	}
	if !known {
		w.refuseTypename(s)
		return
	}
	for _, object := range w.super.possibleList(s.t) {
		if object.inaccessible {
			continue
		}
		if cast, possible := w.cast(s.t, object, s.options); possible {
			w.enter(&state{t: object, from: s}, cast)
		}
	}
}
