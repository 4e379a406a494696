package operation

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// Normalized is an operation in the one form that all operations share which
// mean the same to a planner: fragments spread, everything in one order, values
// taken out into variables named in order.
type Normalized struct {
	Kind Kind
	// Text identifies the operation and is what is planned.
	Text string
	// Written is the text with everything in the order in which the client wrote
	// it, which is that of the answer.
	Written string
	// Variables are those of the text.
	Variables []Variable
	// Aliases are the client's, in the order in which the text counts them.
	Aliases []Alias
	// Markers are the fields that no subgraph is asked for.
	Markers []Marker
	// Labels are the labels of the deferred fragments, by their group: that of
	// group n is Labels[n-1], empty for none.
	Labels []string
	// Around are the groups that stand around them in the same object, 0 for none.
	Around []int

	// selections are the client's, canonical those of the text.
	selections, canonical []*selection

	denied     Denied
	inputs     []input
	conditions []condition
	schema     *ast.Schema
}

// Variable is a variable that the text defines.
type Variable struct{ Name, Type string }

// input is how one variable of the text gets its value.
type input struct {
	value *ast.Value
	typ   *ast.Type
	// fixed is the value when no variable stands in it.
	fixed []byte
}

// Value is a variable of the normalised operation, as JSON; nil for one that was
// given no value.
type Value struct {
	Name string
	JSON []byte
	// Files are the files in it.
	Files []Place
}

// maxForms is how many combinations of conditions a document remembers.
const maxForms = 64

// Normalise gives the form of the operation for the values of its variables.
// denied are the fields that the caller may not see; incremental tells whether what is
// deferred may come later.
func (d *Document) Normalise(variables map[string]any, denied Denied, incremental bool) (*Normalized, Errors) {
	incremental = incremental && d.defers
	key := denied.key()
	if incremental {
		key = d.deferralKey(variables) + key
	}
	d.mu.Lock()
	form := d.forms[key]
	d.mu.Unlock()
	if form != nil {
		return form, nil
	}
	form, errs := d.normalise(variables, denied, incremental)
	if errs != nil {
		return nil, errs
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.forms) < maxForms {
		d.forms[key] = form
	}
	return form, nil
}

// normalise makes the form. The conditions of @skip and @include stay open.
func (d *Document) normalise(variables map[string]any, denied Denied, incremental bool) (*Normalized, Errors) {
	r := &reader{document: d, variables: variables, denied: denied, incremental: incremental}
	n := &Normalized{Kind: d.Kind, denied: denied, schema: d.schema}
	n.selections = r.read(nil, d.Op.SelectionSet, scope{parent: d.root(), root: true})
	if r.errs != nil {
		return nil, r.errs
	}
	order := canonical
	if d.Kind == Mutation {
		order = canonicalBelow
	}
	n.canonical = order(n.selections)
	w := &writer{document: d, out: n, incremental: incremental}
	w.name(n.canonical, within{plain: w.plain(n.canonical)})
	for i := range n.conditions {
		n.Variables = append(n.Variables, Variable{conditionName(i), "Boolean!"})
	}
	n.Text = n.text(n.canonical)
	if n.Written = n.text(n.selections); n.Written == n.Text {
		n.Written, n.selections = n.Text, n.canonical
	}
	return n, nil
}

func (d *Document) root() *ast.Definition {
	switch d.Kind {
	case Mutation:
		return d.schema.Mutation
	case Subscription:
		return d.schema.Subscription
	}
	return d.schema.Query
}

// Values computes the variables of the text from the client's.
func (n *Normalized) Values(variables map[string]any) ([]Value, error) {
	out := make([]Value, len(n.inputs))
	for i, in := range n.inputs {
		out[i] = Value{Name: n.Variables[i].Name, JSON: in.fixed}
		if in.fixed != nil {
			continue
		}
		value := literal(n.schema, in.value, in.typ, variables)
		if value == (undefined{}) {
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		out[i].JSON, out[i].Files = encoded, filesIn(value, "", nil)
	}
	for i, holds := range n.Holds(variables) {
		out = append(out, Value{Name: conditionName(i), JSON: strconv.AppendBool(nil, holds)})
	}
	return out, nil
}
