package operation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Operations that differ only in the order of what they select share a plan: the
// normalised text has everything in one order, and what is selected twice once.
// The order of a client's operation, which is that of its answer (specification,
// 6.3.2), is kept beside the text.

// canonical is a selection in the order of the text.
func canonical(set []*selection) []*selection {
	out := canonicalBelow(set)
	slices.SortStableFunc(out, compare)
	return out
}

// canonicalBelow is a selection in its own order, with each field once: that of
// the fields of a mutation stays, since they are executed in it.
func canonicalBelow(set []*selection) []*selection {
	out := merge(set)
	for i, s := range out {
		if len(s.below) > 0 {
			ordered := *s
			ordered.below = canonical(s.below)
			out[i] = &ordered
		}
	}
	return out
}

// manySelections is from how many selections on a map pays.
const manySelections = 16

// merge puts the fields together that have the same response key under the same
// conditions, and fragments of the same type. The selections that are left out
// are written like those that they went into.
func merge(set []*selection) []*selection {
	out := make([]*selection, 0, len(set))
	var at map[string][]int // indexes in out, by alias or type
	if len(set) > manySelections {
		at = make(map[string][]int, len(set))
	}
	for _, s := range set {
		i := -1
		switch {
		case s.isDeferred(), s.isField() && s.marker != nil: // each is one of its own
		case at == nil:
			i = slices.IndexFunc(out, s.merges)
		default:
			for _, n := range at[s.title()] {
				if out[n].merges(s) {
					i = n
				}
			}
		}
		if i < 0 {
			if at != nil {
				at[s.title()] = append(at[s.title()], len(out))
			}
			out = append(out, s)
			continue
		}
		s.written = out[i].written
		if len(s.below) > 0 {
			both := *out[i]
			both.below = slices.Concat(out[i].below, s.below)
			out[i] = &both
		}
	}
	return out
}

// title is the same for selections that may merge.
func (s *selection) title() string {
	if s.isField() {
		return s.field.Alias
	}
	return s.on
}

// merges tells whether two selections are one.
func (s *selection) merges(other *selection) bool {
	if s.isField() != other.isField() || s.title() != other.title() {
		return false
	}
	if !s.isField() {
		return s.on != ""
	}
	return s.marker == nil && other.marker == nil && slices.Equal(s.terms, other.terms)
}

// compare orders selections by all that does not depend on the names that a
// client gave: what it leaves equal stays in the client's order.
func compare(a, b *selection) int {
	if c := cmp.Compare(a.rank(), b.rank()); c != 0 {
		return c
	}
	c := strings.Compare(a.on, b.on)
	if a.isField() {
		c = a.compareField(b)
	}
	if c == 0 {
		c = slices.CompareFunc(a.below, b.below, compare)
	}
	return c
}

// compareField compares two fields without what is selected below.
func (s *selection) compareField(other *selection) int {
	if c := strings.Compare(s.field.Name, other.field.Name); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(truth(s.field.Alias != s.field.Name), truth(other.field.Alias != other.field.Name)),
		slices.CompareFunc(s.arguments(), other.arguments(), func(x, y *ast.Argument) int { return strings.Compare(x.Name, y.Name) }),
		slices.CompareFunc(s.terms, other.terms, func(x, y term) int { return cmp.Compare(truth(x.want), truth(y.want)) }),
	)
}

// rank puts fields before fragments, and those before deferred ones.
func (s *selection) rank() int {
	switch {
	case s.isField():
		return 0
	case s.on != "":
		return 1
	}
	return 2
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// arguments are those of a field by their names.
func (s *selection) arguments() ast.ArgumentList {
	byName := func(a, b *ast.Argument) int { return strings.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(s.field.Arguments, byName) {
		return s.field.Arguments
	}
	return slices.SortedFunc(slices.Values(s.field.Arguments), byName)
}
