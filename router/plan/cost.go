package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// choice is where an item is asked for: nil is nowhere.
type choice struct {
	item *item
	src  *source
}

// option is a source that can be asked for an item, and what that costs: the
// fetches below, not the one that gets there.
type option struct {
	src  *source
	cost int
	// through are the fetches that get there; none where it is at hand.
	through []*source
	depth   int
}

// assign chooses for each item who is asked for it, so that the fewest fetches
// are made, and gives what they cost.
func (p *planning) assign(src *source, items []*item, given provided) ([]choice, int) {
	options := make([][]option, len(items))
	var candidates []*source
	for n, i := range items {
		options[n] = p.options(src, i, given)
		for _, o := range options[n] {
			if o.through != nil && !slices.Contains(candidates, o.src) {
				candidates = append(candidates, o.src)
			}
		}
	}
	chosen, cost := cheapest(options, candidates)
	choices := make([]choice, len(items))
	for n, i := range items {
		choices[n].item = i
		if best, _ := pick(options[n], chosen); best != nil {
			choices[n].src = best.src
		}
	}
	return choices, cost
}

// pick is the cheapest option of an item among the sources that are asked anyway.
func pick(options []option, asked []*source) (*option, int) {
	var best *option
	for n := range options {
		o := &options[n]
		if o.through != nil && !slices.Contains(asked, o.src) {
			continue
		}
		if best == nil || o.cost+o.depth < best.cost+best.depth {
			best = o
		}
	}
	switch {
	case len(options) == 0:
		return nil, unreachable
	case best == nil:
		return nil, notAsked
	}
	return best, best.cost + best.depth
}

// total is what the items cost when some sources are asked.
func total(options [][]option, asked []*source) int {
	var fetched []*source
	sum := 0
	for _, list := range options {
		best, cost := pick(list, asked)
		sum += cost
		if best != nil {
			for _, s := range best.through {
				if !slices.Contains(fetched, s) {
					fetched = append(fetched, s)
				}
			}
		}
	}
	return sum + fetchCost*len(fetched)
}

// maxTried is the number of candidates up to which every set of them is tried.
const maxTried = 6

// cheapest is the set of sources with which the items cost least.
func cheapest(options [][]option, candidates []*source) ([]*source, int) {
	if len(candidates) > maxTried {
		return growing(options, candidates)
	}
	var best []*source
	cost := total(options, nil)
	for set := 1; set < 1<<len(candidates); set++ {
		var asked []*source
		for n, s := range candidates {
			if set&(1<<n) != 0 {
				asked = append(asked, s)
			}
		}
		if c := total(options, asked); c < cost {
			best, cost = asked, c
		}
	}
	return best, cost
}

// growing adds the source that helps most until none does.
func growing(options [][]option, candidates []*source) ([]*source, int) {
	var asked []*source
	cost := total(options, nil)
	for {
		var best *source
		for _, s := range candidates {
			if slices.Contains(asked, s) {
				continue
			}
			if c := total(options, append(slices.Clone(asked), s)); c < cost {
				best, cost = s, c
			}
		}
		if best == nil {
			return asked, cost
		}
		asked = append(asked, best)
	}
}

// options are the sources that can be asked for an item.
func (p *planning) options(src *source, i *item, given provided) []option {
	p.tick()
	var list []option
	first := i.types[0]
	if src != nil && !slices.Contains(i.tried, src) {
		if r, ok := p.resolve(src, first, i.name(), given, false); ok {
			list = append(list, option{src: src, cost: p.below(src, r, i)})
		}
	}
	for _, s := range p.owners[coordinate{first, i.name()}] {
		if slices.Contains(i.tried, s) || s == src && len(list) > 0 {
			continue
		}
		if o, ok := p.away(src, s, i, given); ok {
			list = append(list, o)
		}
	}
	return list
}

// away is the option to ask another source for an item, or the same one once
// more with what the field requires.
func (p *planning) away(src, to *source, i *item, given provided) (o option, ok bool) {
	o.src = to
	for _, t := range i.types {
		r, ok := p.resolve(to, t, i.name(), nil, true)
		if !ok {
			return o, false
		}
		if !p.roots[t] {
			way := p.routesFrom(src, t, given)[to.index]
			if way == nil {
				return o, false
			}
			if o.through == nil {
				o.through = slices.Clip(way.fetched)
			}
			for _, s := range way.fetched {
				if !slices.Contains(o.through, s) {
					o.through = append(o.through, s)
				}
			}
			o.depth = max(o.depth, way.depth*depthCost)
			if r.field.requires != nil {
				o.cost = max(o.cost, p.needing(src, t, r.field.requires, given))
			}
		} else {
			o.through = to.alone
		}
		o.cost = max(o.cost, p.below(to, r, i))
	}
	return o, true
}

// needing is what it costs to get the fields that another one requires.
func (p *planning) needing(src *source, object string, needs *fieldSet, given provided) int {
	return p.remember(costKey{src: src.index, of: object, field: needs, given: first(given)}, func() int {
		return p.cost(src, []string{object}, []ast.SelectionSet{needs.set}, given)
	})
}

// below is what it costs to get what is selected in an item.
func (p *planning) below(src *source, r resolved, i *item) int {
	if i.first().SelectionSet == nil {
		return 0
	}
	of := r.field.typ.Name()
	st := src.types[of]
	if st == nil {
		return 0
	}
	key := costKey{src: src.index, of: of, field: i.first(), given: first(r.below)}
	if len(i.fields) > 1 || len(r.below) > 1 {
		var rest strings.Builder
		for _, f := range i.fields[1:] {
			fmt.Fprintf(&rest, " %p", f.field)
		}
		for _, set := range r.below[min(1, len(r.below)):] {
			fmt.Fprintf(&rest, ",%p", &set[0])
		}
		key.rest = rest.String()
	}
	return p.remember(key, func() int { return p.cost(src, st.objects, i.sets(), r.below) })
}

// costKey is what a cost is of: what a source is asked of objects of a type, with
// what is given of them, and the rest of either.
type costKey struct {
	src   int
	of    string
	field any // or what it requires
	given *ast.Selection
	rest  string
}

func first(p provided) *ast.Selection {
	if len(p) == 0 {
		return nil
	}
	return &p[0][0]
}

// remember computes a cost once. What is being computed costs nothing itself:
// requirements in a circle are not satisfied by it.
func (p *planning) remember(key costKey, compute func() int) int {
	if cost, ok := p.costs[key]; ok {
		return cost
	}
	p.costs[key] = unreachable
	cost := compute()
	p.costs[key] = cost
	return cost
}

// cost is what it costs to get what is selected of objects that a source gave.
func (p *planning) cost(src *source, objects []string, sets []ast.SelectionSet, given provided) int {
	w := p.want(src, objects, sets, given, nil)
	_, cost := p.assign(src, w.items, given)
	for _, object := range w.learn {
		if _, more := p.teacher(src, object, sets, given, keysOf(w.items)); more < unreachable {
			cost += more
		} else {
			cost += unreachable
		}
	}
	return min(cost, 100*unreachable)
}

func keysOf(items []*item) map[string]bool {
	keys := map[string]bool{}
	for _, i := range items {
		keys[i.key] = true
	}
	return keys
}

// teacher is the cheapest source that knows what an object is of which only the
// interface is known.
func (p *planning) teacher(src *source, object string, sets []ast.SelectionSet, given provided, done map[string]bool) (*source, int) {
	var best *source
	cost := unreachable
	routes := p.routesFrom(src, object, given)
	for _, s := range p.sources {
		st := s.types[object]
		if st == nil || st.kind != ast.Interface || routes[s.index] == nil {
			continue
		}
		w := p.want(s, st.objects, sets, nil, done)
		_, c := p.assign(s, w.items, nil)
		if c += routes[s.index].cost(); c < cost {
			best, cost = s, c
		}
	}
	return best, cost
}
