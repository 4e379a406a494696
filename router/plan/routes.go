package plan

import (
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// provided are the external fields that a subgraph gives at a place after all,
// because of @provides or a key above.
type provided []ast.SelectionSet

// field tells whether a field of an object is provided, and what of it.
func (a *atlas) provides(p provided, object, name string) (below provided, ok bool) {
	for _, set := range p {
		a.each(set, object, func(f *ast.Field) {
			if f.Name != name {
				return
			}
			ok = true
			if f.SelectionSet != nil {
				below = append(below, f.SelectionSet)
			}
		})
	}
	return below, ok
}

// each visits the fields of a selection that an object has.
func (a *atlas) each(set ast.SelectionSet, object string, visit func(*ast.Field)) {
	a.eachUnder(set, object, nil, func(f *ast.Field, _ []int) { visit(f) })
}

// eachUnder visits them with the open conditions that each is under.
func (a *atlas) eachUnder(set ast.SelectionSet, object string, under []int, visit func(*ast.Field, []int)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			visit(s, both(under, s.Directives))
		case *ast.InlineFragment:
			if a.applies(s.TypeCondition, object) {
				a.eachUnder(s.SelectionSet, object, both(under, s.Directives), visit)
			}
		}
	}
}

// resolved is how a subgraph resolves a field of an object.
type resolved struct {
	as    *sourceType
	field *sourceField
	// below is what it provides of the objects in the field.
	below provided
}

// resolve tells how a subgraph resolves a field of an object; ok is false where
// it does not. Fields with requirements count where the requirements are met.
func (a *atlas) resolve(s *source, object, name string, p provided, met bool) (_ resolved, ok bool) {
	for _, st := range s.as[object] {
		f := st.fields[name]
		if f == nil {
			continue
		}
		below, given := a.provides(p, object, name)
		if !given && (!f.resolves || !met && f.demanding()) {
			continue
		}
		if len(below) > 0 {
			return resolved{as: st, field: f, below: slices.Concat(below, f.below)}, true
		}
		return resolved{as: st, field: f, below: f.below}, true
	}
	return resolved{}, false
}

// demanding tells whether the field can only be asked of an entity that comes
// with more than its key.
func (f *sourceField) demanding() bool { return f.requires != nil || len(f.contexts) > 0 }

// selectable tells whether a subgraph alone gives a field of an object with all
// that is selected in it.
func (a *atlas) selectable(s *source, object string, f *ast.Field, p provided) bool {
	if f.Name == "__typename" {
		return true
	}
	r, ok := a.resolve(s, object, f.Name, p, false)
	if !ok {
		return false
	}
	if f.SelectionSet == nil {
		return true
	}
	st := s.types[r.field.typ.Name()]
	if st == nil {
		return false
	}
	for _, o := range st.objects {
		ok = true
		a.each(f.SelectionSet, o, func(below *ast.Field) { ok = ok && a.selectable(s, o, below, r.below) })
		if !ok {
			return false
		}
	}
	return true
}

// route is how an object that one subgraph gave is found in another: by a key
// whose fields come from where it is known already, or through others.
type route struct {
	to  *source
	as  *sourceType
	key *key
	// from are the sources of the key's fields at the top, in their order.
	from []*source
	// through are the sources that have to be asked before, beside the first, and
	// fetched those with the one that it leads to.
	through, fetched []*source
	depth            int
	// others lead to the same source by other types that the object has there.
	others []*route
}

// under is the route by a type of the source, or the best when it has none.
func (r *route) under(st *sourceType) *route {
	for _, o := range r.others {
		if o.as == st {
			return o
		}
	}
	return r
}

// cost is what a route costs: fetches count, and how long they wait.
func (r *route) cost() int { return fetchCost*(1+len(r.through)) + depthCost*r.depth }

const (
	fetchCost = 1000
	depthCost = 10
	// unreachable is the cost of a field that nobody can be asked for.
	unreachable = 10_000_000
	// notAsked is that of a field that somebody could be asked for.
	notAsked = 1000 * unreachable
)

// routeBook remembers routes that depend on nothing that is provided.
type routeBook struct {
	mu    sync.Mutex
	known map[routeKey][]*route
}

type routeKey struct {
	from   int
	object string
}

// routesFrom are the routes to the other sources, and back to the one that
// stands at from, for an object that from gave; by the source's index.
func (a *atlas) routesFrom(from *source, object string, p provided) []*route {
	if len(p) > 0 {
		return a.findRoutes(from, object, p)
	}
	key := routeKey{from.index, object}
	a.routes.mu.Lock()
	defer a.routes.mu.Unlock()
	if found, ok := a.routes.known[key]; ok {
		return found
	}
	if a.routes.known == nil {
		a.routes.known = map[routeKey][]*route{}
	}
	found := a.findRoutes(from, object, nil)
	a.routes.known[key] = found
	return found
}

// findRoutes goes outward from a source, a fetch further each round.
func (a *atlas) findRoutes(from *source, object string, p provided) []*route {
	found := make([]*route, len(a.sources))
	known := []*route{{to: from}}
	for {
		var next []*route
		for _, s := range a.sources {
			if found[s.index] != nil {
				continue
			}
			if r := a.enter(s, object, known, p); r != nil {
				next = append(next, r)
			}
		}
		if len(next) == 0 {
			return found
		}
		for _, r := range next {
			found[r.to.index] = r
			if r.to != from {
				known = append(known, r)
			}
		}
	}
}

// enter finds the cheapest key by which a source finds an object of which the
// known ones give fields.
func (a *atlas) enter(s *source, object string, known []*route, p provided) *route {
	var best *route
	for _, st := range s.as[object] {
		var own *route
		for _, k := range st.keys {
			if !k.resolvable {
				continue
			}
			if r := a.by(s, st, k, object, known, p); r != nil && (own == nil || r.cost() < own.cost()) {
				own = r
			}
		}
		switch {
		case own == nil:
		case best == nil:
			best = own
		default:
			best.others = append(best.others, own)
		}
	}
	return best
}

// by is the route to a source by one of its keys, or nil.
func (a *atlas) by(s *source, st *sourceType, k *key, object string, known []*route, p provided) *route {
	r := &route{to: s, as: st, key: k, depth: 1}
	ok := true
	a.each(k.set, object, func(f *ast.Field) {
		giver := a.giver(f, object, known, p)
		if giver == nil {
			ok = false
			return
		}
		r.from = append(r.from, giver.to)
		if giver.key == nil {
			return
		}
		r.depth = max(r.depth, giver.depth+1)
		for _, t := range giver.fetched {
			if !slices.Contains(r.through, t) {
				r.through = append(r.through, t)
			}
		}
	})
	if !ok {
		return nil
	}
	r.fetched = append(slices.Clone(r.through), s)
	return r
}

// giver is the first of the known sources that gives a field of a key.
func (a *atlas) giver(f *ast.Field, object string, known []*route, p provided) *route {
	for i, r := range known {
		given := p
		if i > 0 {
			given = nil
		}
		if a.selectable(r.to, object, f, given) {
			return r
		}
	}
	return nil
}
