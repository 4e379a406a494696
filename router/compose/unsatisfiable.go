package compose

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// refuse reports that a field cannot be fetched in a state, once for each field.
func (w *stateWalk) refuse(s *state, f *mergedField) {
	if w.reported[f] {
		return
	}
	w.reported[f] = true
	query := s.query(w.super, f)
	e := Error{Code: "SATISFIABILITY_ERROR"}
	var reasons []string
	told := map[int32]bool{}
	s.options.all(func(o option) bool {
		if !told[o.sub] {
			reasons = append(reasons, w.reasons(s, f, o)...)
		}
		told[o.sub] = true
		return true
	})
	for _, p := range w.origins(f) {
		e.Locations = append(e.Locations, p.at())
	}
	e.Message = "The following supergraph API query:\n" + query + "\ncannot be satisfied by the subgraphs because:\n" + strings.Join(reasons, "\n")
	e.Suggestion = w.wayOut(s, f)
	w.errs = append(w.errs, e)
}

// refuseTypename reports that nobody can tell the type of an object that comes
// from an interface object.
func (w *stateWalk) refuseTypename(s *state) {
	key := &mergedField{owner: s.t, name: "__typename"}
	for f := range w.reported {
		if f.owner == s.t && f.name == "__typename" {
			return
		}
	}
	w.reported[key] = true
	var reasons []string
	s.options.all(func(o option) bool {
		reasons = append(reasons, fmt.Sprintf("- from subgraph %q: it only has the interface object %q, and no subgraph with the interface can be entered from there by a key.", w.super.subs[o.sub].name, s.t.name))
		return true
	})
	w.errs = append(w.errs, Error{Code: "SATISFIABILITY_ERROR", Locations: s.t.locations(),
		Message:    "The following supergraph API query:\n" + s.query(w.super, &mergedField{owner: s.t, name: "__typename", typ: nonNull("String")}) + "\ncannot be satisfied by the subgraphs because:\n" + strings.Join(reasons, "\n"),
		Suggestion: fmt.Sprintf("Give the interface %s the same @key in the subgraph that has its implementations.", s.t.name)})
}

// refuseCrowd reports a type with so many states that not all were looked at.
func (w *stateWalk) refuseCrowd(t *mergedType) {
	w.errs = append(w.errs, Error{Code: "SATISFIABILITY_ERROR", Locations: t.locations(),
		Message:    fmt.Sprintf("Type %q can be reached on more than %d ways that end in different subgraphs, more than are looked at: queries for it that cannot be satisfied may be among them.", t.name, t.limit()),
		Suggestion: fmt.Sprintf("Give %s a @key in the subgraphs that have it, so that the way there does not matter.", t.name)})
}

// reasons tells why a subgraph can neither fetch the field nor go on to one that
// can.
func (w *stateWalk) reasons(s *state, f *mergedField, o option) []string {
	from := w.super.subs[o.sub]
	var list []string
	add := func(format string, args ...any) {
		list = append(list, fmt.Sprintf("  - "+format, args...))
	}
	add("%s", w.ownReason(s, f, from))
	for _, p := range w.origins(f) {
		if p.owner.sub == from || !w.hasField(p) || s.options.has(option{sub: w.index[p.owner.sub]}) {
			continue
		}
		keys := 0
		for _, k := range p.owner.keys {
			switch {
			case !k.resolvable:
			case p.owner.interfaceObject && !s.t.hasKeyEverywhere(k.set):
				keys++
				add("cannot move to subgraph %q through its interface object %q, because %q does not have its @key(fields: %q).", p.owner.sub.name, p.owner.name, s.t.name, k.text)
			default:
				keys++
				add("cannot move to subgraph %q using @key(fields: %q) of %q, the key field(s) cannot be resolved from subgraph %q.", p.owner.sub.name, k.text, p.owner.name, from.name)
			}
		}
		if keys == 0 {
			add("cannot move to subgraph %q, which has field %q, because type %q has no resolvable @key defined in subgraph %q.", p.owner.sub.name, f.coordinate(), p.owner.name, p.owner.sub.name)
		}
	}
	return append([]string{fmt.Sprintf("- from subgraph %q:", from.name)}, list...)
}

// ownReason tells why a subgraph does not give the field itself.
func (w *stateWalk) ownReason(s *state, f *mergedField, from *subgraph) string {
	t, scope := s.t, s.scope
	for _, local := range w.localsOf(t)[w.index[from]] {
		p := local.field(f.name)
		switch {
		case p == nil:
			continue
		case w.gone[p]:
			return fmt.Sprintf("field %q was taken over by another subgraph with @override.", f.coordinate())
		case !w.hasField(p):
			return fmt.Sprintf("field %q is not resolvable because marked @external.", f.coordinate())
		case !w.contextsMet(p, scope):
			return fmt.Sprintf("cannot find a match for the required context of field %q further up.", f.coordinate())
		case p.requires != nil:
			if w.canSelect(t, w.reach(t, option{sub: w.index[from]}), p.requires.set) {
				return fmt.Sprintf("cannot satisfy @requires conditions on field %q: the fields %q can be fetched, but no @key of %q leads back to the subgraph with them.", f.coordinate(), p.requires.text, t.name)
			}
			return fmt.Sprintf("cannot satisfy @requires conditions on field %q: the fields %q cannot be fetched from there.", f.coordinate(), p.requires.text)
		}
	}
	return fmt.Sprintf("cannot find field %q.", f.coordinate())
}

// wayOut suggests a key where the subgraph that has the field lacks one.
func (w *stateWalk) wayOut(s *state, f *mergedField) string {
	for _, p := range w.origins(f) {
		if p.owner.interfaceObject && len(p.owner.keys) > 0 && !s.t.hasKeyEverywhere(p.owner.keys[0].set) {
			return fmt.Sprintf("Add @key(fields: %q) to %s, and to the interface %s.", p.owner.keys[0].text, s.t.name, p.owner.name)
		}
		if !w.hasField(p) || len(p.owner.keys) > 0 {
			continue
		}
		for _, other := range s.t.parts {
			if len(other.keys) > 0 && other.sub != p.owner.sub {
				return fmt.Sprintf("Add @key(fields: %q) to %s in subgraph %q.", other.keys[0].text, s.t.name, p.owner.sub.name)
			}
		}
		return fmt.Sprintf("Give %s a @key in subgraph %q, or add %s to the other subgraphs with @shareable.", s.t.name, p.owner.sub.name, f.name)
	}
	return ""
}

// query writes the shortest query that gets to a state and asks for a field.
func (s *state) query(super *supergraph, f *mergedField) string {
	var steps []string
	root := s
	for at := s; at.from != nil; at = at.from {
		if at.by != nil {
			steps = append([]string{super.step(at.by)}, steps...)
		} else {
			steps = append([]string{"... on " + at.t.name}, steps...)
		}
		root = at.from
	}
	steps = append(steps, super.step(f))
	var b strings.Builder
	b.WriteString(strings.TrimPrefix(strings.ToLower(root.t.name)+" {", "query "))
	for i, step := range steps {
		b.WriteString("\n" + strings.Repeat("  ", i+1) + step)
		if i < len(steps)-1 {
			b.WriteString(" {")
		}
	}
	depth := len(steps)
	if t := super.byName[f.typ.Name()]; t != nil && (t.kind == ast.Object || t.kind == ast.Interface || t.kind == ast.Union) {
		b.WriteString(" {\n" + strings.Repeat("  ", depth+1) + "...\n" + strings.Repeat("  ", depth) + "}")
	}
	for i := depth - 1; i >= 0; i-- {
		b.WriteString("\n" + strings.Repeat("  ", i) + "}")
	}
	return b.String()
}

// step is a field with values for the arguments that it must be given.
func (s *supergraph) step(f *mergedField) string {
	var args []string
	for _, a := range f.args {
		if a.everywhere && !a.contextual && a.typ.NonNull && a.mergedDefault() == nil {
			args = append(args, a.name+": "+s.example(a.typ, 0))
		}
	}
	if len(args) == 0 {
		return f.name
	}
	return f.name + "(" + strings.Join(args, ", ") + ")"
}

// example is some value of an input type.
func (s *supergraph) example(typ *ast.Type, depth int) string {
	if typ.Elem != nil {
		return "[]"
	}
	switch typ.NamedType {
	case "Int", "Float":
		return "0"
	case "Boolean":
		return "true"
	case "ID":
		return `"<any id>"`
	}
	t := s.byName[typ.NamedType]
	switch {
	case t == nil || t.kind == ast.Scalar || depth > 5:
		return `"A string value"`
	case t.kind == ast.Enum && len(t.keptValues()) > 0:
		return t.keptValues()[0].name
	}
	var fields []string
	for _, i := range t.inputs {
		if i.everywhere && i.typ.NonNull {
			fields = append(fields, i.name+": "+s.example(i.typ, depth+1))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}
