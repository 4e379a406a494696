package compose

import "github.com/vektah/gqlparser/v2/ast"

// simulation knows which options can do at least what others can: fetch every
// field, and from its value on again all that the other can. A state whose options
// are outdone, each by some option of another state, is the harder one of the two:
// a query that fails in the other fails in it.
//
// It is the greatest such relation: all pairs that are asked for, and those that
// they depend on, are taken to hold until one is refuted, which may refute others.
// The work is polynomial in the size of the schema.
type simulation struct {
	*reacher
	holds   map[pair]bool
	open    []pair // pairs whose answer may still change
	outdone map[place]*optionSet
}

// pair says that at a type the strong option can do at least what the weak one can.
type pair struct {
	t            *mergedType
	weak, strong option
}

func newSimulation(r *reacher) *simulation {
	return &simulation{reacher: r, holds: map[pair]bool{}, outdone: map[place]*optionSet{}}
}

// outdoneBy are the options that can do no more than some option of a closed set:
// one that has all that can be reached from its options.
func (s *simulation) outdoneBy(t *mergedType, strong *optionSet) *optionSet {
	all := newOptionSet(len(s.super.subs))
	all.addAll(strong)
	strong.all(func(o option) bool {
		all.addAll(s.outdoneByOne(place{t, o}))
		return true
	})
	return all
}

func (s *simulation) outdoneByOne(at place) *optionSet {
	if found := s.outdone[at]; found != nil {
		return found
	}
	for sub := range s.localsOf(at.t) {
		s.assume(pair{at.t, option{sub: sub}, at.o})
	}
	s.settlePairs()
	found := newOptionSet(len(s.super.subs))
	for sub := range s.localsOf(at.t) {
		if weak := (option{sub: sub}); s.holds[pair{at.t, weak, at.o}] {
			found.add(weak)
		}
	}
	s.outdone[at] = found
	return found
}

// settlePairs refutes open pairs until none is refuted any more.
func (s *simulation) settlePairs() {
	for changed := true; changed; {
		changed = false
		for i := 0; i < len(s.open); i++ {
			if p := s.open[i]; s.holds[p] && !s.check(p) {
				s.holds[p], changed = false, true
			}
		}
	}
	s.open = nil
}

// assumeCovers says whether, as far as is known by now, every option of the weak
// set is outdone by one of the strong set.
func (s *simulation) assumeCovers(t *mergedType, weak, strong *optionSet) bool {
	return weak.all(func(a option) bool {
		return strong.has(a) || !strong.all(func(b option) bool { return !s.assume(pair{t, a, b}) })
	})
}

func (s *simulation) assume(p pair) bool {
	holds, known := s.holds[p]
	if !known {
		s.holds[p] = true
		s.open = append(s.open, p)
		return true
	}
	return holds
}

func (s *simulation) check(p pair) bool {
	if p.t.kind != ast.Object {
		return s.checkAbstract(p)
	}
	for _, f := range p.t.fields {
		if !f.inaccessible && !s.checkField(p, f) {
			return false
		}
	}
	return true
}

// checkField: what the weak option gives of a field, the strong one does, or one
// that can be reached from it.
func (s *simulation) checkField(p pair, f *mergedField) bool {
	weak, can := s.resolves(p.t, f.name, p.weak, s.reach(p.t, p.weak), s.everyContext())
	if !can {
		return true
	}
	next := s.super.byName[f.typ.Name()]
	special := s.contextual(f) || s.narrowed(f)
	return !s.reach(p.t, p.strong).all(func(o option) bool {
		strong, can := s.resolves(p.t, f.name, o, s.reach(p.t, o), s.everyContext())
		switch {
		case !can || special && o != p.weak:
			return true
		case next == nil || next.inaccessible || next.kind == ast.Scalar || next.kind == ast.Enum || strong == weak:
			return false
		}
		return !s.assumeCovers(next, s.reach(next, weak), s.reach(next, strong))
	})
}

// everyContext is a scope with all contexts.
func (s *simulation) everyContext() contextSet {
	var all contextSet
	for bit := range s.uses {
		all = all.with(bit)
	}
	return all
}

// contextual says whether the field needs a context in some subgraph.
func (s *simulation) contextual(f *mergedField) bool {
	for _, p := range f.parts {
		if len(s.needs[p]) > 0 {
			return true
		}
	}
	return false
}

// narrowed says whether the field has another type in some subgraph.
func (s *simulation) narrowed(f *mergedField) bool {
	for _, p := range f.parts {
		if p.typ.Name() != f.typ.Name() {
			return true
		}
	}
	return false
}

// checkAbstract: the same objects may be there, and the strong option can do at
// least as much with each. What only interface objects know is not compared.
func (s *simulation) checkAbstract(p pair) bool {
	for _, o := range []option{p.weak, p.strong} {
		if local := s.super.subs[o.sub].byName[p.t.name]; local == nil || local.interfaceObject {
			return false
		}
	}
	for _, object := range s.super.possibleList(p.t) {
		weak, strong := s.mayBe(p.weak.sub, p.t.name, object), s.mayBe(p.strong.sub, p.t.name, object)
		if object.inaccessible || !weak && !strong {
			continue
		}
		if weak != strong || !s.assumeCovers(object, s.reach(object, p.weak), s.reach(object, p.strong)) {
			return false
		}
	}
	return true
}
