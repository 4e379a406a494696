package plan

import (
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
)

// when is a condition made of those that the operation leaves open, by their
// indexes: all of one of the lists must hold. Nil is always, no list is never.
type when [][]int

// or is the condition that either holds.
func (w when) or(other when) when {
	if w == nil || other == nil {
		return nil
	}
	out := slices.Clone(w)
	for _, all := range other {
		if len(all) == 0 {
			return nil
		}
		if !slices.ContainsFunc(out, func(have []int) bool { return implies(all, have) }) {
			out = slices.DeleteFunc(out, func(have []int) bool { return implies(have, all) })
			out = append(out, all)
		}
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

// manyLists is how many lists a condition has at most that is made of two.
const manyLists = 8

// and is the condition that both hold; where that would be too long, a part of it.
func (w when) and(other when) when {
	switch {
	case w == nil:
		return other
	case other == nil || len(w)*len(other) > manyLists:
		return w
	}
	out := when{}
	for _, a := range w {
		for _, b := range other {
			all := slices.Concat(a, b)
			slices.Sort(all)
			out = out.or(when{slices.Compact(all)})
		}
	}
	return out
}

// equal tells whether two conditions are the same.
func (w when) equal(other when) bool {
	return (w == nil) == (other == nil) && slices.EqualFunc(w, other, slices.Equal)
}

// covers tells whether it holds wherever all of these do.
func (w when) covers(all []int) bool {
	return w == nil || slices.ContainsFunc(w, func(have []int) bool { return implies(all, have) })
}

// implies tells whether what all demands includes what less demands.
func implies(all, less []int) bool {
	return !slices.ContainsFunc(less, func(i int) bool { return !slices.Contains(all, i) })
}

// both adds a condition to those that must hold.
func both(under []int, list ast.DirectiveList) []int {
	i, open := operation.Condition(list)
	if !open || slices.Contains(under, i) {
		return under
	}
	under = append(slices.Clone(under), i)
	slices.Sort(under)
	return under
}

// onlyUnder puts what is selected under conditions.
func onlyUnder(conditions []int, set ast.SelectionSet) ast.SelectionSet {
	for _, i := range conditions {
		set = ast.SelectionSet{&ast.InlineFragment{SelectionSet: set, Directives: ast.DirectiveList{{
			Name:      "include",
			Arguments: ast.ArgumentList{{Name: "if", Value: &ast.Value{Kind: ast.Variable, Raw: operation.ConditionName(i)}}},
		}}}}
	}
	return set
}

// occurrence is one of the places in the operation where a field is selected, and
// the conditions under which it is there.
type occurrence struct {
	field *ast.Field
	under []int
}

// allWhen is when any of the occurrences is there.
func allWhen(list []occurrence) when {
	w := when{}
	for _, o := range list {
		w = w.or(when{o.under})
	}
	return w
}

// setsBelow are the selections below occurrences of one field. Where they are
// there under different conditions, so is what they select.
func setsBelow(list []occurrence) []ast.SelectionSet {
	differ := slices.ContainsFunc(list, func(o occurrence) bool { return !slices.Equal(o.under, list[0].under) })
	sets := make([]ast.SelectionSet, 0, len(list))
	for _, o := range list {
		switch {
		case o.field.SelectionSet == nil:
		case differ:
			sets = append(sets, onlyUnder(o.under, o.field.SelectionSet))
		default:
			sets = append(sets, o.field.SelectionSet)
		}
	}
	return sets
}

// conditions are those of an operation, and what is made of them.
type conditions []when

// condition is the index of a condition.
func (c *conditions) condition(w when) int {
	for i, have := range *c {
		if slices.EqualFunc(have, w, slices.Equal) {
			return i
		}
	}
	*c = append(*c, w)
	return len(*c) - 1
}

// includeText is a condition as a directive, with the variable that it uses.
func (p *planning) includeText(w when) (text, variable string) {
	if w == nil {
		return "", ""
	}
	variable = operation.ConditionName(p.condition(w))
	p.variables[variable] = "Boolean!"
	return " @include(if: $" + variable + ")", variable
}

// Holds tells which of the conditions hold where open are those of the operation
// that do.
func (s *Shape) Holds(open []bool) []bool {
	out := make([]bool, len(s.Conditions))
	for i, lists := range s.Conditions {
		out[i] = slices.ContainsFunc(lists, func(all []int) bool {
			return !slices.ContainsFunc(all, func(n int) bool { return !open[n] })
		})
	}
	return out
}

// Values are the variables by which subgraphs are told the conditions that the
// plan makes of the operation's, as JSON.
func (p *Plan) Values(holds []bool, open int, give func(name string, value []byte)) {
	for i := open; i < len(p.Conditions); i++ {
		give(operation.ConditionName(i), strconv.AppendBool(nil, holds[i]))
	}
}

// needed is when each group brings something that is asked for: what a client
// selected, what such a field requires, or what another group finds its objects
// by. Groups come after those that they need.
func (p *planning) needed() map[*group]when {
	found := map[*group]when{}
	for _, g := range slices.Backward(p.groups) {
		w, ok := found[g]
		if !ok {
			w = when{}
		}
		for _, f := range g.sel.fields {
			w = w.or(f.brings)
		}
		if g.learns || len(w) == 0 {
			w = nil
		}
		for at := g.place; at.above != nil; at = at.above {
			w = w.and(at.when)
		}
		found[g] = w
		for _, before := range g.needs() {
			if have, met := found[before]; met {
				found[before] = have.or(w)
			} else {
				found[before] = w
			}
		}
	}
	return found
}

// needs are the groups that this one needs whichever of its fields is asked for:
// not those that only bring what one of them requires.
func (g *group) needs() []*group {
	if g.entities == nil {
		return g.after
	}
	var list []*group
	for _, e := range g.entities {
		for _, before := range e.before {
			list = addGroup(list, before)
		}
	}
	return list
}
