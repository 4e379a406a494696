package operation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// selection is a field of an operation, or a fragment around some: named
// fragments are spread, and fragments that hold for every object of the type
// around them are gone.
type selection struct {
	field *ast.Field // nil for a fragment
	// terms are the open conditions under which a field is there.
	terms []term
	// on is the type of a fragment; empty for a deferred one.
	on    string
	below []*selection
	*written
}

// written is how a selection stands in the normalised text.
type written struct {
	key, name string   // of a field
	inputs    []string // the variables of its arguments
	include   string   // the variable of its condition
	marker    *Marker  // of a field that no subgraph is asked for
	label     string   // of a deferred fragment
}

const typename = "__typename"

// isField tells a field from a fragment.
func (s *selection) isField() bool { return s.field != nil }

// isDeferred tells a deferred fragment from what else is selected.
func (s *selection) isDeferred() bool { return s.field == nil && s.on == "" }

// reader reads what an operation selects for the values of its variables.
type reader struct {
	document    *Document
	variables   map[string]any
	denied      Denied
	incremental bool // deferred fragments are kept apart
	// locals are the introspection fields by their response keys, each with all
	// that is selected under its key.
	locals map[string]*ast.Field
	errs   Errors
}

// scope is where selections are read: within what is known to be of a type, under
// open conditions.
type scope struct {
	parent *ast.Definition
	terms  []term
	root   bool
}

// read appends what is selected, in the client's order.
func (r *reader) read(out []*selection, set ast.SelectionSet, in scope) []*selection {
	for _, selected := range set {
		switch s := selected.(type) {
		case *ast.Field:
			if terms, there := under(in.terms, s.Directives); there {
				out = append(out, r.field(s, scope{in.parent, terms, in.root}))
			}
		case *ast.InlineFragment:
			out = r.fragment(out, s.Directives, s.TypeCondition, s.SelectionSet, in)
		case *ast.FragmentSpread:
			f := r.document.Doc.Fragments.ForName(s.Name)
			out = r.fragment(out, s.Directives, f.TypeCondition, f.SelectionSet, in)
		}
	}
	return out
}

// fragment appends what a fragment selects: apart, if it is deferred.
func (r *reader) fragment(out []*selection, list ast.DirectiveList, condition string, set ast.SelectionSet, in scope) []*selection {
	terms, there := under(in.terms, list)
	if !there {
		return out
	}
	in.terms = terms
	d := list.ForName("defer")
	if d == nil || !r.incremental || !r.defers(d) {
		return r.spread(out, condition, set, in)
	}
	if below := r.spread(nil, condition, set, in); len(below) > 0 {
		out = append(out, &selection{below: below, written: &written{label: labelOf(d)}})
	}
	return out
}

// spread appends what a fragment selects: as it is, where every object is of the
// fragment's type.
func (r *reader) spread(out []*selection, condition string, set ast.SelectionSet, in scope) []*selection {
	if condition == "" || condition == in.parent.Name || slices.Contains(in.parent.Interfaces, condition) {
		return r.read(out, set, in)
	}
	def := r.document.schema.Types[condition]
	if in.parent.Kind == ast.Object {
		if def.Kind == ast.Union && slices.Contains(def.Types, in.parent.Name) {
			return r.read(out, set, in)
		}
		return out
	}
	in.parent = def
	if below := r.read(nil, set, in); len(below) > 0 {
		out = append(out, &selection{on: condition, below: below})
	}
	return out
}

// field is one field: marked, if no subgraph is asked for it.
func (r *reader) field(f *ast.Field, in scope) *selection {
	if strings.HasPrefix(f.Alias, reserved) {
		r.errs = append(r.errs, Fail(ValidationFailed, "The alias \""+f.Alias+"\" is reserved.", at(f.Position)...)...)
	}
	s := &selection{field: f, terms: in.terms, written: &written{name: f.Name}}
	coordinate := in.parent.Name + "." + f.Name
	if f.ObjectDefinition != nil {
		coordinate = f.ObjectDefinition.Name + "." + f.Name // of the fragment around
	}
	denied := r.denied[coordinate]
	switch {
	case in.root && (f.Name == "__schema" || f.Name == "__type"):
		s.name, s.marker = typename, &Marker{Nullable: f.Name == "__type", Coordinate: coordinate, Local: r.local(f, in.terms)}
		return s
	case denied != "":
		s.name, s.marker = typename, &Marker{Nullable: !f.Definition.Type.NonNull, Coordinate: coordinate, Denied: denied}
		return s
	}
	if f.SelectionSet != nil {
		def := f.Definition
		if own := in.parent.Fields.ForName(f.Name); own != nil {
			def = own
		}
		s.below = r.read([]*selection{}, f.SelectionSet, scope{parent: r.document.schema.Types[def.Type.Name()]})
	}
	return s
}

// local is an introspection field with all that is selected under its key: what
// is selected here is added.
func (r *reader) local(f *ast.Field, terms []term) *ast.Field {
	all := r.locals[f.Alias]
	if all == nil {
		own := *f
		own.SelectionSet = nil
		if r.locals == nil {
			r.locals = map[string]*ast.Field{}
		}
		all, r.locals[f.Alias] = &own, &own
	}
	all.SelectionSet = append(all.SelectionSet, still(f.SelectionSet, terms)...)
	return all
}

// still puts a selection under open conditions.
func still(set ast.SelectionSet, terms []term) ast.SelectionSet {
	for _, t := range terms {
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
