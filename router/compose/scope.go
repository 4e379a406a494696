package compose

import (
	"slices"

	"heddle/router/federation"
)

// contextSet is the contexts in scope at a place in a query, as bits: each is a
// selection that some contextual argument makes on a context, fetched further up.
type contextSet []uint64

func (c contextSet) has(bit int) bool { return bit/64 < len(c) && c[bit/64]&(1<<(bit%64)) != 0 }

func (c contextSet) with(bit int) contextSet {
	if c.has(bit) {
		return c
	}
	grown := make(contextSet, max(len(c), bit/64+1))
	copy(grown, c)
	grown[bit/64] |= 1 << (bit % 64)
	return grown
}

func (c contextSet) within(other contextSet) bool {
	for i, word := range c {
		if i >= len(other) && word != 0 || i < len(other) && word&^other[i] != 0 {
			return false
		}
	}
	return true
}

// contextUse is a contextual argument: what it selects, and where.
type contextUse struct {
	name string // of the context, with its subgraph
	set  federation.FieldSet
}

// readContexts numbers what the contextual arguments of a field select.
func (r *reacher) readContexts(p *field) {
	for _, a := range p.args {
		if a.fromContext == nil {
			continue
		}
		set, err := federation.ParseFieldSet(a.fromContext.selection)
		if err != nil {
			continue
		}
		use := contextUse{p.owner.sub.name + "__" + a.fromContext.context, set}
		bit := slices.IndexFunc(r.uses, func(u contextUse) bool { return u.name == use.name && u.set.String() == set.String() })
		if bit < 0 {
			bit = len(r.uses)
			r.uses = append(r.uses, use)
		}
		r.needs[p] = append(r.needs[p], bit)
	}
}

// contextsMet says whether the contextual arguments of a field can be filled.
func (r *reacher) contextsMet(p *field, scope contextSet) bool {
	return !slices.ContainsFunc(r.needs[p], func(bit int) bool { return !scope.has(bit) })
}

// scopeBelow is the scope inside the fields of a type: what was in scope, and
// what the type's own contexts select.
func (r *reacher) scopeBelow(t *mergedType, options *optionSet, scope contextSet) contextSet {
	for bit, use := range r.uses {
		if !scope.has(bit) && slices.Contains(r.contextsOf(t), use.name) && r.canSelect(t, options, use.set) {
			scope = scope.with(bit)
		}
	}
	return scope
}

// contextsOf are the contexts that a type sets, by itself and by the interfaces
// and unions that it belongs to.
func (r *reacher) contextsOf(t *mergedType) []string {
	if found, ok := r.contexts[t]; ok {
		return found
	}
	found := slices.Clone(t.contexts)
	for _, other := range r.super.types {
		if len(other.contexts) > 0 && (slices.Contains(t.interfaces, other.name) || slices.Contains(other.members, t.name)) {
			found = append(found, other.contexts...)
		}
	}
	r.contexts[t] = found
	return found
}
