package operation

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Normalized is an operation in the one form that all operations share which
// mean the same to a planner: fragments spread, conditions applied, values taken
// out into variables named in order.
type Normalized struct {
	Kind Kind
	// Text identifies the operation and is what is planned.
	Text string
	// Aliases are the client's, in the order in which the text counts them.
	Aliases []Alias
	// Markers are the fields that no subgraph is asked for.
	Markers []Marker
	// Labels are the labels of the deferred fragments, by their group: that of
	// group n is Labels[n-1], empty for none.
	Labels []string

	denied     Denied
	inputs     []input
	conditions []condition
	schema     *ast.Schema
}

// input is how one variable of the text gets its value.
type input struct {
	name  string
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
	open := !incremental // what is deferred depends on what is there
	key := d.formKey(variables, open)
	if incremental {
		key += d.deferralKey(variables)
	}
	key += " " + denied.key()
	d.mu.Lock()
	form := d.forms[key]
	d.mu.Unlock()
	if form != nil {
		return form, nil
	}
	form, errs := d.normalise(variables, denied, open, incremental)
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

func (d *Document) formKey(variables map[string]any, open bool) string {
	key := make([]byte, 0, len(d.conditions)+1)
	for _, name := range d.conditions {
		switch {
		case open:
			key = append(key, '?')
		case variables[name] == true:
			key = append(key, '1')
		default:
			key = append(key, '0')
		}
	}
	return string(append(key, ' '))
}

// normalise writes the form. open leaves the conditions of fields open.
func (d *Document) normalise(variables map[string]any, denied Denied, open, incremental bool) (*Normalized, Errors) {
	w := &writer{
		document: d, variables: variables, denied: denied, names: map[string]string{}, types: map[string]string{},
		body: &strings.Builder{}, open: open, incremental: incremental,
	}
	w.out = &Normalized{Kind: d.Kind, denied: denied, schema: d.schema}
	root := d.root()
	w.plain = w.plainly(d.Op.SelectionSet, root)
	if !w.selections(d.Op.SelectionSet, root, true) {
		w.body.WriteString(nothing + ": __typename")
	}
	if w.errs != nil {
		return nil, w.errs
	}
	var definitions []string
	for _, in := range w.out.inputs {
		definitions = append(definitions, "$"+in.name+": "+w.types[in.name])
	}
	for i := range w.out.conditions {
		definitions = append(definitions, "$"+conditionName(i)+": Boolean!")
	}
	w.out.Text = d.Kind.String()
	if len(definitions) > 0 {
		w.out.Text += "(" + strings.Join(definitions, ", ") + ")"
	}
	w.out.Text += " {" + w.body.String() + "}"
	return w.out, nil
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

func separator(i int, first, other string) string {
	if i == 0 {
		return first
	}
	return other
}

// Values computes the variables of the text from the client's.
func (n *Normalized) Values(variables map[string]any) ([]Value, error) {
	out := make([]Value, len(n.inputs))
	for i, in := range n.inputs {
		out[i] = Value{Name: in.name, JSON: in.fixed}
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

// writer writes the body of one normalised operation.
type writer struct {
	document  *Document
	variables map[string]any
	denied    Denied
	body      *strings.Builder
	out       *Normalized
	names     map[string]string // by what stands there: the variable's name
	types     map[string]string // by the variable's name: its type
	errs      Errors

	// open leaves conditions open: their fields are written with @include.
	open  bool
	terms []term // of the fragments around, within the object

	// incremental keeps deferred fragments apart; group is the one around, within
	// the object, and around the one around that.
	incremental   bool
	group, around int
	plain         map[string]bool // what the object has without deferred fragments
}

// selections writes what is selected and tells whether that was anything.
func (w *writer) selections(set ast.SelectionSet, parent *ast.Definition, root bool) bool {
	wrote := false
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			w.under(s.Directives, func() {
				w.field(s, parent, root)
				wrote = true
			})
		case *ast.InlineFragment:
			w.under(s.Directives, func() {
				w.deferring(s.Directives, func() { wrote = w.fragment(s.TypeCondition, s.SelectionSet, parent, root) || wrote })
			})
		case *ast.FragmentSpread:
			f := w.document.Doc.Fragments.ForName(s.Name)
			w.under(s.Directives, func() {
				w.deferring(s.Directives, func() { wrote = w.fragment(f.TypeCondition, f.SelectionSet, parent, root) || wrote })
			})
		}
	}
	return wrote
}

// fragment writes a fragment as an inline one, or, where its type is that of
// the selection around it, its fields alone.
func (w *writer) fragment(condition string, set ast.SelectionSet, parent *ast.Definition, root bool) bool {
	if condition == "" || condition == parent.Name {
		return w.selections(set, parent, root)
	}
	before, plain := w.body, w.plain
	w.body, w.plain = &strings.Builder{}, nil // which fields there are depends on the type
	wrote := w.selections(set, w.document.schema.Types[condition], root)
	text := w.body.String()
	w.body, w.plain = before, plain
	if wrote {
		w.body.WriteString("... on " + condition + " {" + text + "} ")
	}
	return wrote
}

func (w *writer) field(f *ast.Field, parent *ast.Definition, root bool) {
	if strings.HasPrefix(f.Alias, reserved) {
		w.errs = append(w.errs, Fail(ValidationFailed, "The alias \""+f.Alias+"\" is reserved.", at(f.Position)...)...)
		return
	}
	switch {
	case root && (f.Name == "__schema" || f.Name == "__type"):
		w.marker(Marker{Key: w.key(f.Alias, f.Name), Nullable: f.Name == "__type", Coordinate: parent.Name + "." + f.Name, Local: f})
		return
	case w.denied[parent.Name+"."+f.Name] != "":
		coordinate := parent.Name + "." + f.Name
		w.marker(Marker{Key: w.key(f.Alias, f.Name), Nullable: !f.Definition.Type.NonNull, Coordinate: coordinate, Denied: w.denied[coordinate]})
		return
	}
	key := w.key(f.Alias, f.Name)
	if w.group > 0 && w.plain[leaf(f)] {
		w.body.WriteString(inGroup(same, w.group, w.around, key) + ": __typename ")
		return
	}
	if w.group > 0 {
		w.body.WriteString(inGroup(deferred, w.group, w.around, key) + ": ")
	} else if key != f.Name {
		w.body.WriteString(key + ": ")
	}
	w.body.WriteString(f.Name)
	for i, a := range f.Arguments {
		w.body.WriteString(separator(i, "(", ", "))
		w.body.WriteString(a.Name + ": $" + w.input(a, f.Definition.Arguments.ForName(a.Name)))
	}
	if len(f.Arguments) > 0 {
		w.body.WriteString(")")
	}
	w.include()
	if f.SelectionSet != nil {
		w.below(f)
	}
	w.body.WriteString(" ")
}

// below writes what is selected of a field.
func (w *writer) below(f *ast.Field) {
	parent := w.document.schema.Types[f.Definition.Type.Name()]
	terms, group, around, plain := w.terms, w.group, w.around, w.plain
	w.terms, w.group, w.around, w.plain = nil, 0, 0, w.plainly(f.SelectionSet, parent)
	w.body.WriteString(" {")
	if !w.selections(f.SelectionSet, parent, false) {
		w.body.WriteString(nothing + ": __typename")
	}
	w.body.WriteString("}")
	w.terms, w.group, w.around, w.plain = terms, group, around, plain
}

func (w *writer) marker(m Marker) {
	alias := m.alias(len(w.out.Markers))
	if w.group > 0 {
		alias = inGroup(deferred, w.group, w.around, alias)
	}
	w.body.WriteString(alias + ": __typename")
	w.include()
	w.body.WriteString(" ")
	if m.Local != nil {
		m.Local = w.merged(m)
	}
	w.out.Markers = append(w.out.Markers, m)
}

// merged is an introspection field with all that is selected under its key so
// far, which the markers before get, too.
func (w *writer) merged(m Marker) *ast.Field {
	all := *m.Local
	all.SelectionSet = nil
	for _, have := range w.out.Markers {
		if have.Local != nil && have.Key == m.Key {
			all.SelectionSet = slices.Clone(have.Local.SelectionSet)
		}
	}
	all.SelectionSet = append(all.SelectionSet, w.still(m.Local.SelectionSet)...)
	for i, have := range w.out.Markers {
		if have.Local != nil && have.Key == m.Key {
			w.out.Markers[i].Local = &all
		}
	}
	return &all
}

// still puts a selection under the conditions that are open around it.
func (w *writer) still(set ast.SelectionSet) ast.SelectionSet {
	for _, t := range w.terms {
		name := "skip"
		if t.want {
			name = "include"
		}
		set = ast.SelectionSet{&ast.InlineFragment{SelectionSet: set, Directives: ast.DirectiveList{{
			Name: name, Arguments: ast.ArgumentList{{Name: "if", Value: &ast.Value{Kind: ast.Variable, Raw: t.variable}}},
		}}}}
	}
	return set
}

// input gives the name of the variable that carries an argument's value. The
// same value of the same type has the same variable everywhere.
func (w *writer) input(a *ast.Argument, def *ast.ArgumentDefinition) string {
	typ := def.Type
	key := "literal " + typ.String() + " " + a.Value.String()
	if a.Value.Kind == ast.Variable {
		typ = variableType(w.document.Op.VariableDefinitions.ForName(a.Value.Raw).Type, def)
		key = "variable " + typ.String() + " " + a.Value.Raw
	}
	if name, ok := w.names[key]; ok {
		return name
	}
	in := input{name: "v" + strconv.Itoa(len(w.out.inputs)), value: a.Value, typ: typ}
	if !hasVariable(a.Value) {
		in.fixed, _ = json.Marshal(literal(w.document.schema, a.Value, typ, nil))
	}
	w.names[key], w.types[in.name] = in.name, typ.String()
	w.out.inputs = append(w.out.inputs, in)
	return in.name
}

// variableType is the type with which a variable is handed on as an argument.
// One that may be null by its type alone, since it has a default that is not, is
// never null when it is sent (specification, 5.8.5).
func variableType(declared *ast.Type, def *ast.ArgumentDefinition) *ast.Type {
	if declared.NonNull || !def.Type.NonNull || def.DefaultValue != nil {
		return declared
	}
	required := *declared
	required.NonNull = true
	return &required
}

func hasVariable(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, child := range v.Children {
		if hasVariable(child.Value) {
			return true
		}
	}
	return false
}
