package operation

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// writer gives everything in an operation the name that it has in the text.
type writer struct {
	document *Document
	out      *Normalized
	aliases  map[string]int    // indexes of the aliases
	names    map[string]string // of the variables, by what stands there
	// incremental tells that deferred fragments are kept apart.
	incremental bool
}

// within is where a selection stands: in a deferred group, which stands in the
// one around it, of an object that has the plain leaves whatever is deferred.
type within struct {
	group, around int
	plain         []*selection
}

// name names what is selected, in the order of the text.
func (w *writer) name(set []*selection, in within) {
	for _, s := range set {
		switch {
		case s.isField():
			w.nameField(s, in)
		case s.on != "": // which fields there are depends on the type
			w.name(s.below, within{in.group, in.around, nil})
		default:
			w.out.Labels, w.out.Around = append(w.out.Labels, s.label), append(w.out.Around, in.group)
			w.name(s.below, within{len(w.out.Labels), in.group, in.plain})
		}
	}
}

func (w *writer) nameField(s *selection, in within) {
	key := w.key(s.field.Alias, s.field.Name)
	if len(s.terms) > 0 {
		s.include = conditionName(w.condition(s.terms))
	}
	if s.marker != nil {
		s.marker.Key = key
		key = s.marker.alias(len(w.out.Markers))
		w.out.Markers = append(w.out.Markers, *s.marker)
	}
	switch {
	case in.group > 0 && slices.ContainsFunc(in.plain, s.isIn):
		s.key, s.name = inGroup(same, in.group, in.around, key), typename
		return
	case in.group > 0:
		key = inGroup(deferred, in.group, in.around, key)
	}
	if s.key = key; s.marker != nil {
		return
	}
	for _, a := range s.arguments() {
		s.inputs = append(s.inputs, w.input(a, s.field.Definition.Arguments.ForName(a.Name)))
	}
	if s.below != nil {
		w.name(s.below, within{plain: w.plain(s.below)})
	}
}

// plain are the leaves that objects have whatever is deferred.
func (w *writer) plain(set []*selection) []*selection {
	if !w.incremental {
		return nil
	}
	var leaves []*selection
	for _, s := range set {
		if s.isField() && s.marker == nil && s.below == nil && s.field.Name != typename {
			leaves = append(leaves, s)
		}
	}
	return leaves
}

// isIn tells whether a leaf is there wherever the selection is, with its value.
func (s *selection) isIn(leaf *selection) bool {
	return s.field.Alias == leaf.field.Alias && s.field.Name == leaf.field.Name && s.marker == nil &&
		!slices.ContainsFunc(leaf.terms, func(t term) bool { return !slices.Contains(s.terms, t) }) &&
		slices.EqualFunc(s.arguments(), leaf.arguments(), func(a, b *ast.Argument) bool {
			return a.Name == b.Name && a.Value.String() == b.Value.String()
		})
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
	in := input{value: a.Value, typ: typ}
	if !hasVariable(a.Value) {
		in.fixed, _ = json.Marshal(literal(w.document.schema, a.Value, typ, nil))
	}
	name := "v" + strconv.Itoa(len(w.out.inputs))
	if w.names == nil {
		w.names = map[string]string{}
	}
	w.names[key] = name
	w.out.inputs = append(w.out.inputs, in)
	w.out.Variables = append(w.out.Variables, Variable{name, typ.String()})
	return name
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
	return v.Kind == ast.Variable || slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool { return hasVariable(c.Value) })
}

// text is the operation with a selection of its root.
func (n *Normalized) text(set []*selection) string {
	var b strings.Builder
	b.Grow(len(n.Text) + 256)
	b.WriteString(n.Kind.String())
	for i, v := range n.Variables {
		b.WriteString(separator(i, "(", ", ") + "$" + v.Name + ": " + v.Type)
	}
	if len(n.Variables) > 0 {
		b.WriteString(")")
	}
	b.WriteString(" ")
	writeSet(&b, set)
	return b.String()
}

func separator(i int, first, other string) string {
	if i == 0 {
		return first
	}
	return other
}

// writeSet writes a selection with its braces.
func writeSet(b *strings.Builder, set []*selection) {
	b.WriteString("{")
	if !writeAll(b, set, true) {
		b.WriteString(nothing + ": " + typename)
	}
	b.WriteString("}")
}

// writeAll writes what is selected, and tells whether that was anything.
func writeAll(b *strings.Builder, set []*selection, first bool) (wrote bool) {
	for _, s := range set {
		switch {
		case s.isDeferred(): // which its fields tell
			wrote = writeAll(b, s.below, first) || wrote
		default:
			if !first {
				b.WriteString(" ")
			}
			s.write(b)
			wrote = true
		}
		first = first && !wrote
	}
	return wrote
}

func (s *selection) write(b *strings.Builder) {
	if !s.isField() {
		b.WriteString("... on " + s.on + " ")
		writeSet(b, s.below)
		return
	}
	if s.key != s.name {
		b.WriteString(s.key)
		b.WriteString(": ")
	}
	b.WriteString(s.name)
	for i, variable := range s.inputs {
		b.WriteString(separator(i, "(", ", "))
		b.WriteString(s.arguments()[i].Name)
		b.WriteString(": $")
		b.WriteString(variable)
	}
	if len(s.inputs) > 0 {
		b.WriteString(")")
	}
	if s.include != "" {
		b.WriteString(" @include(if: $" + s.include + ")")
	}
	if s.below != nil && s.marker == nil && s.name != typename {
		b.WriteString(" ")
		writeSet(b, s.below)
	}
}
