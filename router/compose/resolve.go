package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// resolves says whether a field can be fetched in one option, standing among all
// that are reachable under what contexts are in scope, and which option its
// value is then at.
func (r *reacher) resolves(t *mergedType, name string, o option, among *optionSet, scope contextSet) (option, bool) {
	if child, ok := r.providedIn(t, name, o); ok {
		return option{o.sub, child}, true
	}
	for _, local := range r.localsOf(t)[o.sub] {
		if p := local.field(name); p != nil && r.hasField(p) && r.contextsMet(p, scope) && r.requirementsMet(t, p, o, among) {
			return option{o.sub, r.provides[p]}, true
		}
	}
	return option{}, false
}

// hasField says whether the subgraph of a field resolves it at all.
func (r *reacher) hasField(p *field) bool {
	return !r.gone[p] && (!p.external || p.usedAsKey && p.owner.extended)
}

// requirementsMet says whether what @requires names can be fetched, and whether
// the router finds back to the subgraph with it.
func (r *reacher) requirementsMet(t *mergedType, p *field, o option, among *optionSet) bool {
	if p.requires == nil {
		return true
	}
	if r.asking[p] > 0 || len(r.asking) > 50 {
		return false
	}
	r.asking[p]++
	defer delete(r.asking, p)
	if !r.canSelect(t, among, p.requires.set) {
		return false
	}
	return r.findsBack(t, o, among)
}

func (r *reacher) findsBack(t *mergedType, o option, among *optionSet) bool {
	return slices.ContainsFunc(r.doorsOf(t), func(d door) bool {
		return r.index[d.sub] == o.sub && r.canSelect(t, among, d.key.set)
	})
}

// providedIn looks a field up in what the option's way provided.
func (r *reacher) providedIn(t *mergedType, name string, o option) (int32, bool) {
	if o.provided == 0 {
		return 0, false
	}
	return r.providedBy(t, name, o.sub, r.brought[o.provided])
}

func (r *reacher) providedBy(t *mergedType, name string, sub int32, set federation.FieldSet) (int32, bool) {
	for i := range set {
		s := &set[i]
		if s.Field == name {
			return r.inner[s], true
		}
		if s.Field == "" && (s.On == "" || s.On == t.name || r.mayBe(sub, s.On, t)) {
			if child, ok := r.providedBy(t, name, sub, s.Fields); ok {
				return child, true
			}
		}
	}
	return 0, false
}

// mayBe says whether, in a subgraph, a value of an abstract type may be of an
// object type.
func (r *reacher) mayBe(sub int32, abstract string, t *mergedType) bool {
	s := r.super.subs[sub]
	def := s.byName[abstract]
	if def == nil {
		return false
	}
	if def.kind == ast.Union {
		return slices.Contains(def.members, t.name)
	}
	own := s.byName[t.name]
	return def.name == t.name || own != nil && slices.Contains(own.interfaces, abstract)
}

// canSelect says whether a field set can be fetched from a closed set of options.
func (r *reacher) canSelect(t *mergedType, among *optionSet, set federation.FieldSet) bool {
	for i := range set {
		if !r.canSelectOne(t, among, &set[i]) {
			return false
		}
	}
	return true
}

func (r *reacher) canSelectOne(t *mergedType, among *optionSet, s *federation.Selection) bool {
	if s.Field == "__typename" {
		return true
	}
	if s.Field == "" && (s.On == "" || s.On == t.name) {
		return r.canSelect(t, among, s.Fields)
	}
	if t.kind != ast.Object {
		return r.canSelectAbstract(t, among, s)
	}
	if s.Field == "" {
		on := r.super.byName[s.On]
		return on == nil || !r.super.possible(on)[t] || r.canSelect(t, among, s.Fields)
	}
	f := t.field(s.Field)
	if f == nil {
		return false
	}
	values := r.next(t, s.Field, among)
	if values.empty() {
		return false
	}
	next := r.super.byName[f.typ.Name()]
	return len(s.Fields) == 0 || next == nil || r.canSelect(next, r.closed(next, values), s.Fields)
}

// canSelectAbstract: a selection on an interface or union can be fetched if it
// can on every object that may be there.
func (r *reacher) canSelectAbstract(t *mergedType, among *optionSet, s *federation.Selection) bool {
	if s.Field != "" && r.byInterfaceObject(t, among, s) {
		return true
	}
	for _, o := range r.super.possibleList(t) {
		cast, possible := r.cast(t, o, among)
		if possible && !r.canSelectOne(o, r.closed(o, cast), s) {
			return false
		}
	}
	return true
}

// byInterfaceObject says whether interface objects give the field of an
// interface without a look at the type of the object.
func (r *reacher) byInterfaceObject(t *mergedType, among *optionSet, s *federation.Selection) bool {
	values := r.interfaceObjectNext(t, s.Field, among)
	if values.empty() {
		return false
	}
	next := r.super.byName[t.field(s.Field).typ.Name()]
	return len(s.Fields) == 0 || next == nil || r.canSelect(next, r.closed(next, values), s.Fields)
}

// interfaceObjectNext is next for a field that interface objects resolve.
func (r *reacher) interfaceObjectNext(t *mergedType, name string, among *optionSet) *optionSet {
	values := newOptionSet(len(r.super.subs))
	f := t.field(name)
	if t.kind != ast.Interface || !t.hasInterfaceObject || f == nil {
		return values
	}
	among.all(func(o option) bool {
		local := r.super.subs[o.sub].byName[t.name]
		if local != nil && local.interfaceObject {
			if value, ok := r.resolves(t, name, o, among, nil); ok {
				values.add(value)
			}
		}
		return true
	})
	return values
}

// next is where the values of a field are, fetched from any of the options.
func (r *reacher) next(t *mergedType, name string, among *optionSet) *optionSet {
	values := newOptionSet(len(r.super.subs))
	among.all(func(o option) bool {
		if value, ok := r.resolves(t, name, o, among, nil); ok {
			values.add(value)
		}
		return true
	})
	return values
}

// cast is which options may give an object of a type where they give an abstract
// one. Where none does, no query gets any.
func (r *reacher) cast(t, object *mergedType, among *optionSet) (*optionSet, bool) {
	cast := newOptionSet(len(r.super.subs))
	among.all(func(o option) bool {
		local := r.super.subs[o.sub].byName[t.name]
		if local != nil && (local.interfaceObject || r.mayBe(o.sub, t.name, object)) {
			cast.add(o)
		}
		return true
	})
	return cast, !cast.empty()
}

// possible are the objects that a type may be in the supergraph.
func (s *supergraph) possible(t *mergedType) map[*mergedType]bool {
	found := map[*mergedType]bool{}
	for _, o := range s.possibleList(t) {
		found[o] = true
	}
	return found
}

func (s *supergraph) possibleList(t *mergedType) []*mergedType {
	switch t.kind {
	case ast.Interface:
		return t.implementers
	case ast.Union:
		var found []*mergedType
		for _, name := range t.members {
			if m := s.byName[name]; m != nil {
				found = append(found, m)
			}
		}
		return found
	}
	return []*mergedType{t}
}
