package plan

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// selection is what a subgraph is asked of the objects at one place.
type selection struct {
	fields []*selected
	// declared is the type of the objects in the subgraph; empty for entities.
	declared string
	entities bool
}

// selected is a field of a selection.
type selected struct {
	// on are the types, as the subgraph names them, whose objects are asked; nil
	// means all.
	on        []string
	name      string
	key, text string
	// when is when it is asked for, and brings when that alone is a reason to ask;
	// wanted tells that a client selected it, demands that it requires others.
	when    when
	brings  when
	wanted  bool
	demands bool
	include string
	// of is the type of the objects in it, below what is asked of them.
	of    string
	below *selection
	uses  []string
}

// add asks for a field, or finds that it is asked for already.
func (s *selection) add(on []string, key, text, of string, f *ast.Field) *selected {
	for _, have := range s.fields {
		if have.key != key || have.text != text || have.of != of {
			continue
		}
		if have.on == nil || on == nil {
			have.on = nil
			return have
		}
		for _, t := range on {
			if !slices.Contains(have.on, t) {
				have.on = append(have.on, t)
			}
		}
		return have
	}
	made := &selected{on: slices.Clone(on), name: f.Name, key: key, text: text, of: of, when: when{}, brings: when{}, uses: usedVariables(f)}
	if of != "" {
		made.below = &selection{}
	}
	s.fields = append(s.fields, made)
	return made
}

// tellType asks the objects for their types.
func (s *selection) tellType() {
	s.add(nil, "__typename", "__typename", "", &ast.Field{Alias: "__typename"}).when = nil
}

// usedVariables are the variables in a field's arguments and condition.
func usedVariables(f *ast.Field) []string {
	var names []string
	var walk func(*ast.Value)
	walk = func(v *ast.Value) {
		if v.Kind == ast.Variable {
			names = append(names, v.Raw)
		}
		for _, child := range v.Children {
			walk(child.Value)
		}
	}
	for _, a := range f.Arguments {
		walk(a.Value)
	}
	return names
}

// gather lets the objects of all types together be asked for what each of them
// is asked for, as far as the subgraph's interface has it. It stands in a field
// that is there when around holds.
func (s *selection) gather(p *planning, src *source, around when) {
	for _, f := range s.fields {
		if f.below != nil {
			f.below.gather(p, src, f.when)
		}
		if f.when.equal(around) {
			continue
		}
		var variable string
		if f.include, variable = p.includeText(f.when); variable != "" {
			f.uses = append(f.uses, variable)
		}
	}
	if st := src.types[s.declared]; st != nil && st.kind == ast.Interface {
		s.join(st, nil)
	}
	for _, f := range s.fields {
		for _, name := range f.on {
			if st := src.types[name]; s.entities && st.kind == ast.Interface {
				s.join(st, []string{name})
			}
		}
	}
}

// join puts fields that all objects of an interface are asked for under on.
func (s *selection) join(st *sourceType, on []string) {
	var kept []*selected
	for _, f := range s.fields {
		if !slices.ContainsFunc(kept, f.like) {
			kept = append(kept, f)
			continue
		}
		first := kept[slices.IndexFunc(kept, f.like)]
		first.wanted, first.demands = first.wanted || f.wanted, first.demands || f.demands
		if first.on != nil && f.on != nil {
			first.on = append(slices.Clone(first.on), f.on...)
		} else {
			first.on = nil
		}
	}
	for _, f := range kept {
		if f.on == nil || !st.gives(f.name, f.of) {
			continue
		}
		every := on != nil && slices.Contains(f.on, on[0]) || !slices.ContainsFunc(st.objects, func(o string) bool { return !slices.Contains(f.on, o) })
		if every {
			f.on = on
		}
	}
	s.fields = kept
}

// like tells whether two fields ask the same.
func (f *selected) like(other *selected) bool {
	return f.key == other.key && f.text == other.text && f.include == other.include && f.of == other.of && (f.below == nil || f.below.text() == other.below.text())
}

// text is the selection as it is written.
func (s *selection) text() string {
	var b strings.Builder
	s.write(&b, nil)
	return b.String()
}

// keys are the response keys of what is asked of all objects.
func (s *selection) keys() []string {
	var keys []string
	for _, f := range s.fields {
		if f.on == nil {
			keys = append(keys, f.key)
		}
	}
	return keys
}

// write prints the selection as a subgraph is sent it, and gives the variables
// that it uses.
func (s *selection) write(b *strings.Builder, uses []string) []string {
	b.WriteString("{")
	if len(s.fields) == 0 {
		b.WriteString("__typename")
	}
	first := true
	var types []string
	for _, f := range s.fields {
		if f.on == nil {
			uses = f.write(b, &first, uses)
		}
		for _, t := range f.on {
			if !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
	}
	for _, t := range types {
		space(b, &first)
		b.WriteString("... on " + t + " {")
		inside := true
		for _, f := range s.fields {
			if slices.Contains(f.on, t) {
				uses = f.write(b, &inside, uses)
			}
		}
		b.WriteString("}")
	}
	b.WriteString("}")
	return uses
}

func (f *selected) write(b *strings.Builder, first *bool, uses []string) []string {
	space(b, first)
	if f.key != f.text && !strings.HasPrefix(f.text, f.key+"(") {
		b.WriteString(f.key + ": ")
	}
	b.WriteString(f.text + f.include)
	for _, name := range f.uses {
		if !slices.Contains(uses, name) {
			uses = append(uses, name)
		}
	}
	if f.below != nil {
		b.WriteString(" ")
		uses = f.below.write(b, uses)
	}
	return uses
}

func space(b *strings.Builder, first *bool) {
	if !*first {
		b.WriteString(" ")
	}
	*first = false
}
