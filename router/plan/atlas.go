package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/supergraph"
)

// atlas tells which subgraph resolves what, while some labels of progressive
// overrides are active. It is made once and never changed.
type atlas struct {
	defs map[string]*ast.Definition
	// possible are the object types behind an abstract type, sorted.
	possible map[string][]string
	sources  []*source
	// owners are the sources that resolve a field, by its coordinate.
	owners map[coordinate][]*source
	roots  map[string]bool
	// contexts are those that the objects of a type set.
	contexts map[string][]string
	routes   routeBook
}

// coordinate is a field of a type.
type coordinate struct{ object, field string }

// source is one subgraph.
type source struct {
	index int
	alone []*source // itself
	name  string
	types map[string]*sourceType
	// as lists the types under which the subgraph knows a type of the graph: an
	// object type under its own name or that of an interface object, and an
	// interface whose objects tell no type under its own.
	as map[string][]*sourceType
}

// sourceType is a type as a subgraph has it.
type sourceType struct {
	name            string
	kind            ast.DefinitionKind
	interfaceObject bool
	fields          map[string]*sourceField
	keys            []*key
	// objects are the object types that a value of the type can have there.
	objects []string
}

// sourceField is a field as a subgraph has it.
type sourceField struct {
	typ *ast.Type
	// resolves is false for a field that is external or overridden.
	resolves           bool
	requires, provides *fieldSet
	contexts           []contextArgument
	// below is what the source gives of the objects in the field, because the
	// field provides it or it is part of a key.
	below provided
	text  string // of the type
}

// contextArgument is an argument that takes its value from an object above.
type contextArgument struct {
	supergraph.ContextArgument
	takes *fieldSet
}

// fieldSet is a selection of fields in a directive.
type fieldSet struct {
	text string
	set  ast.SelectionSet
}

// key is a @key of a type.
type key struct {
	fieldSet
	resolvable bool
}

func newAtlas(super *supergraph.Supergraph, labels []string) (*atlas, error) {
	a := &atlas{defs: map[string]*ast.Definition{}, possible: map[string][]string{}, owners: map[coordinate][]*source{}, roots: map[string]bool{}, contexts: map[string][]string{}}
	for _, root := range super.Roots {
		a.roots[root] = true
	}
	for _, def := range super.Definitions {
		a.defs[def.Name] = def
		for _, i := range def.Interfaces {
			if def.Kind == ast.Object {
				a.possible[i] = append(a.possible[i], def.Name)
			}
		}
		if def.Kind == ast.Union {
			a.possible[def.Name] = append(a.possible[def.Name], def.Types...)
		}
	}
	for _, names := range a.possible {
		slices.Sort(names)
	}
	for _, name := range slices.Sorted(maps.Keys(super.Contexts)) {
		for _, t := range super.Contexts[name] {
			for _, object := range append([]string{t}, a.possible[t]...) {
				a.contexts[object] = append(a.contexts[object], name)
			}
		}
	}
	for _, g := range super.Subgraphs {
		s, err := a.source(g, labels)
		if err != nil {
			return nil, fmt.Errorf("subgraph %q: %w", g.Name, err)
		}
		s.index, s.alone = len(a.sources), []*source{s}
		a.sources = append(a.sources, s)
		a.index(s)
	}
	return a, nil
}

func (a *atlas) source(g *supergraph.Subgraph, labels []string) (*source, error) {
	s := &source{name: g.Name, types: map[string]*sourceType{}, as: map[string][]*sourceType{}}
	for _, t := range g.Types {
		st := &sourceType{name: t.Name, kind: t.Kind, interfaceObject: t.InterfaceObject, fields: map[string]*sourceField{}}
		for _, k := range t.Keys {
			set, err := readFieldSet(k.Fields)
			if err != nil {
				return nil, fmt.Errorf("@key of %s: %w", t.Name, err)
			}
			st.keys = append(st.keys, &key{fieldSet: *set, resolvable: k.Resolvable})
		}
		for _, f := range t.Fields {
			sf, err := readSourceField(t, f, labels)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", t.Name, f.Def.Name, err)
			}
			st.fields[f.Def.Name] = sf
		}
		a.noteBelow(st)
		s.types[t.Name] = st
	}
	for _, t := range g.Types {
		s.types[t.Name].objects = a.objects(g, t)
	}
	return s, nil
}

// noteBelow notes what the fields of a type give of the objects in them.
func (a *atlas) noteBelow(st *sourceType) {
	for name, f := range st.fields {
		f.text = f.typ.String()
		if f.provides != nil {
			f.below = append(f.below, f.provides.set)
		}
		for _, k := range st.keys {
			more, _ := a.provides(provided{k.set}, st.name, name)
			f.below = append(f.below, more...)
		}
	}
}

func readSourceField(t *supergraph.Type, f *supergraph.Field, labels []string) (_ *sourceField, err error) {
	sf := &sourceField{typ: f.Type}
	for _, c := range f.Contexts {
		takes, err := readFieldSet(c.Selection)
		if err != nil {
			return nil, fmt.Errorf("@fromContext: %w", err)
		}
		sf.contexts = append(sf.contexts, contextArgument{c, takes})
	}
	sf.resolves = active(f, labels) && (!f.External || inKey(t, f.Def.Name))
	if f.Requires != "" {
		if sf.requires, err = readFieldSet(f.Requires); err != nil {
			return nil, fmt.Errorf("@requires: %w", err)
		}
	}
	if f.Provides != "" {
		if sf.provides, err = readFieldSet(f.Provides); err != nil {
			return nil, fmt.Errorf("@provides: %w", err)
		}
	}
	return sf, nil
}

// active tells whether a field under a progressive override is resolved here:
// by the subgraph that takes it over where the label is active, else by the one
// that had it.
func active(f *supergraph.Field, labels []string) bool {
	return f.Label == "" || f.Overrides == slices.Contains(labels, f.Label)
}

// inKey tells whether a field is named at the top of one of the type's keys: a
// subgraph can always give back what it is found by.
func inKey(t *supergraph.Type, field string) bool {
	for _, k := range t.Keys {
		set, err := readFieldSet(k.Fields)
		if err != nil {
			continue
		}
		for _, s := range set.set {
			if f, ok := s.(*ast.Field); ok && f.Name == field {
				return true
			}
		}
	}
	return false
}

func readFieldSet(text string) (*fieldSet, error) {
	inner := text
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		text = "{" + text + "}"
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, fmt.Errorf("%q is no selection of fields", text)
	}
	return &fieldSet{text: inner, set: doc.Operations[0].SelectionSet}, nil
}

// objects are the object types that a value of a type can have in a subgraph.
func (a *atlas) objects(g *supergraph.Subgraph, t *supergraph.Type) []string {
	switch t.Kind {
	case ast.Object:
		return []string{t.Name}
	case ast.Union:
		return slices.DeleteFunc(slices.Clone(t.Members), func(name string) bool { return g.Type(name) == nil })
	case ast.Interface:
		var names []string
		for _, o := range g.Types {
			interfaces := o.Interfaces
			if o.InterfaceObject {
				interfaces = a.defs[o.Name].Interfaces
			}
			if o.Kind == ast.Object && slices.Contains(interfaces, t.Name) {
				names = append(names, o.Name)
			}
		}
		return names
	}
	return nil
}

// index notes under which names a source knows types, and the fields it owns.
func (a *atlas) index(s *source) {
	for _, def := range a.defs {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		if own := s.types[def.Name]; own != nil {
			s.as[def.Name] = append(s.as[def.Name], own)
		}
		for _, i := range def.Interfaces {
			if stand := s.types[i]; def.Kind == ast.Object && stand != nil && stand.interfaceObject {
				s.as[def.Name] = append(s.as[def.Name], stand)
			}
		}
		for _, st := range s.as[def.Name] {
			for name, f := range st.fields {
				if at := (coordinate{def.Name, name}); f.resolves && !slices.Contains(a.owners[at], s) {
					a.owners[at] = append(a.owners[at], s)
				}
			}
		}
	}
}

// abstract tells whether objects of the type are of several types.
func (a *atlas) abstract(name string) bool {
	def := a.defs[name]
	return def != nil && def.IsAbstractType()
}

func (a *atlas) composite(name string) bool {
	def := a.defs[name]
	return def != nil && def.IsCompositeType()
}

// unknown tells whether an object of the type, named as an interface, is one of
// which an interface object is all that is known.
func (a *atlas) unknown(object string) bool { return a.defs[object].Kind == ast.Interface }

// concrete are the object types that an object can turn out to be.
func (a *atlas) concrete(object string) []string {
	if a.unknown(object) {
		return a.possible[object]
	}
	return []string{object}
}

// applies tells whether a fragment with a type condition holds for an object.
func (a *atlas) applies(condition, object string) bool {
	if condition == "" || condition == object {
		return true
	}
	if a.unknown(object) {
		return slices.Contains(a.defs[object].Interfaces, condition)
	}
	_, found := slices.BinarySearch(a.possible[condition], object)
	return found
}

// gives tells whether the type has a field of objects of a type; of is empty for
// one that has no objects in it.
func (t *sourceType) gives(field, of string) bool {
	f := t.fields[field]
	return f != nil && (of == "" || f.typ.Name() == of)
}
