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

// under does something unless @skip or @include forbids it (specification,
// 3.13.1 and 3.13.2). Where conditions stay open, it is done under their terms.
func (w *writer) under(list ast.DirectiveList, do func()) {
	before := len(w.terms)
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		value, want := d.Arguments.ForName("if").Value, d.Name == "include"
		holds := value.Raw == "true"
		if value.Kind == ast.Variable {
			if t := (term{value.Raw, want}); w.open {
				if !slices.Contains(w.terms, t) {
					w.terms = append(w.terms[:len(w.terms):len(w.terms)], t)
				}
				continue
			}
			holds = w.variables[value.Raw] == true
		}
		if holds != want {
			w.terms = w.terms[:before]
			return
		}
	}
	do()
	w.terms = w.terms[:before]
}

// include writes the condition of a field, if it has one.
func (w *writer) include() {
	if len(w.terms) > 0 {
		w.body.WriteString(" @include(if: $" + conditionName(w.condition()) + ")")
	}
}

// condition is the index of the current terms among the operation's conditions.
func (w *writer) condition() int {
	sorted := slices.Clone(w.terms)
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
