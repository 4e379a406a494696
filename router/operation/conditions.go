package operation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// term is a variable with the value it must have.
type term struct {
	variable string
	want     bool
}

// condition is what must hold for a field to be included: all of its terms.
type condition []term

func conditionName(i int) string { return "c" + strconv.Itoa(i) }

// Holds tells which of the open conditions hold for the client's variables.
func (n *Normalized) Holds(variables map[string]any) []bool {
	out := make([]bool, len(n.conditions))
	for i, c := range n.conditions {
		out[i] = !slices.ContainsFunc(c, func(t term) bool { return (variables[t.variable] == true) != t.want })
	}
	return out
}

// under tells whether @skip and @include let something be there (specification,
// 3.13.1 and 3.13.2), and under which terms, if it stands under some already.
func under(terms []term, list ast.DirectiveList) (_ []term, there bool) {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		value, want := d.Arguments.ForName("if").Value, d.Name == "include"
		if value.Kind != ast.Variable {
			if (value.Raw == "true") != want {
				return nil, false
			}
			continue
		}
		if t := (term{value.Raw, want}); !slices.Contains(terms, t) {
			terms = append(terms[:len(terms):len(terms)], t)
		}
	}
	return terms, true
}

// condition is the index of terms among the operation's conditions.
func (w *writer) condition(terms []term) int {
	sorted := slices.Clone(terms)
	slices.SortFunc(sorted, func(a, b term) int {
		if a.variable != b.variable {
			if a.variable < b.variable {
				return -1
			}
			return 1
		}
		if a.want == b.want {
			return 0
		}
		if b.want {
			return -1
		}
		return 1
	})
	for i, c := range w.out.conditions {
		if slices.Equal(c, sorted) {
			return i
		}
	}
	w.out.conditions = append(w.out.conditions, sorted)
	return len(w.out.conditions) - 1
}

// Condition reads the directive that a field of the normalised text has whose
// condition stays open: the index of the condition.
func Condition(list ast.DirectiveList) (index int, ok bool) {
	for _, d := range list {
		if a := d.Arguments.ForName("if"); d.Name == "include" && a != nil && a.Value.Kind == ast.Variable {
			return ConditionIndex(a.Value.Raw)
		}
	}
	return 0, false
}

// ConditionIndex reads the name of a condition's variable.
func ConditionIndex(variable string) (index int, ok bool) {
	number, ok := strings.CutPrefix(variable, "c")
	index, err := strconv.Atoi(number)
	return index, ok && err == nil
}

// ConditionName is the name of a condition's variable.
func ConditionName(index int) string { return conditionName(index) }
