package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// normalise turns the parsed document into types: each type one, whatever the
// number of its extensions, and without what every Federation subgraph adds to
// its schema by itself.
func (s *subgraph) normalise() {
	s.findRoots()
	s.byName = map[string]*typeDef{}
	for _, d := range s.doc.Directives {
		if !s.machineryDirective(d.Name) {
			s.directives = append(s.directives, d)
		}
	}
	s.findComposed()
	s.addAll(s.doc.Definitions, false)
	s.addAll(s.doc.Extensions, true)
	for _, t := range s.types {
		s.readType(t)
	}
	s.markUses()
	if s.version == federation.V1 {
		s.upgrade()
	}
}

func (s *subgraph) findRoots() {
	s.roots = map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}
	for _, def := range slices.Concat(s.doc.Schema, s.doc.SchemaExtension) {
		for _, op := range def.OperationTypes {
			s.roots[op.Operation] = op.Type
		}
	}
	for _, def := range s.doc.Definitions {
		for op, name := range s.roots {
			if def.Name == title(string(op)) && name != def.Name {
				s.taken = append(s.taken, name) // the default name is another type's
			}
		}
	}
}

// defaultName gives a root type its default name.
func (s *subgraph) defaultName(name string) string {
	if slices.Contains(s.taken, name) {
		return name
	}
	switch name {
	case s.roots[ast.Query]:
		return "Query"
	case s.roots[ast.Mutation]:
		return "Mutation"
	case s.roots[ast.Subscription]:
		return "Subscription"
	}
	return name
}

// rename gives the root types in a type reference their default names.
func (s *subgraph) rename(t *ast.Type) *ast.Type {
	if t == nil {
		return nil
	}
	if t.Elem != nil {
		return &ast.Type{Elem: s.rename(t.Elem), NonNull: t.NonNull, Position: t.Position}
	}
	if name := s.defaultName(t.NamedType); name != t.NamedType {
		return &ast.Type{NamedType: name, NonNull: t.NonNull, Position: t.Position}
	}
	return t
}

func (s *subgraph) addAll(defs ast.DefinitionList, extension bool) {
	for _, def := range defs {
		if s.machineryType(def.Name) {
			continue
		}
		name := def.Name
		if def.Kind == ast.Object {
			name = s.defaultName(name)
		}
		t := s.byName[name]
		if t == nil {
			t = &typeDef{sub: s, kind: def.Kind, name: name, localName: def.Name, pos: def.Position, byField: map[string]*field{}}
			s.byName[name] = t
			s.types = append(s.types, t)
		}
		t.sources = append(t.sources, def)
		t.directives = append(t.directives, def.Directives...)
		t.defined = t.defined || !extension
		t.extended = t.extended || extension
		if def.Description != "" && t.description == "" {
			t.description = def.Description
		}
		for _, name := range def.Interfaces {
			if !slices.Contains(t.interfaces, name) {
				t.interfaces = append(t.interfaces, name)
			}
		}
		for _, member := range def.Types {
			if member = s.defaultName(member); !slices.Contains(t.members, member) {
				t.members = append(t.members, member)
			}
		}
		s.addElements(t, def, extension)
	}
}

func (s *subgraph) addElements(t *typeDef, def *ast.Definition, extension bool) {
	for _, v := range def.EnumValues {
		if t.value(v.Name) != nil {
			continue
		}
		value := &enumValue{name: v.Name, pos: v.Position}
		value.description = v.Description
		s.readMarks(&value.marks, v.Directives)
		t.values = append(t.values, value)
	}
	for _, f := range def.Fields {
		if def.Kind == ast.InputObject {
			if t.input(f.Name) == nil {
				t.inputs = append(t.inputs, s.readInput(f.Name, f.Description, f.Type, f.DefaultValue, f.Directives, f.Position))
			}
			continue
		}
		if t.name == "Query" && (f.Name == "_service" || f.Name == "_entities") || t.byField[f.Name] != nil {
			continue
		}
		read := s.readField(t, f)
		read.extension = extension
		read.shareable = read.shareable || s.find(def.Directives, "shareable") != nil
		t.fields = append(t.fields, read)
		t.byField[f.Name] = read
	}
}

func (s *subgraph) readType(t *typeDef) {
	s.readMarks(&t.marks, t.directives)
	t.extends = s.find(t.directives, "extends") != nil
	t.extended = t.extended || t.extends
	t.shareable = s.find(t.directives, "shareable") != nil
	t.external = s.find(t.directives, "external") != nil
	if t.kind == ast.Object && s.find(t.directives, "interfaceObject") != nil {
		t.kind, t.interfaceObject = ast.Interface, true
	}
	if t.kind != ast.Object && t.kind != ast.Interface {
		return
	}
	if t.external && s.version != federation.V1 {
		for _, f := range t.fields {
			f.external = true
		}
	}
	for _, d := range t.directives {
		if !s.is(d, "key") {
			continue
		}
		text, ok := fieldsArgument(d)
		set, err := federation.ParseFieldSet(text)
		if ok && err == nil {
			t.keys = append(t.keys, key{text: set.String(), set: set, resolvable: federation.BoolArgument(d, "resolvable", true), pos: d.Position})
		}
	}
}

// fieldsArgument reads a fields argument. Federation 1 also took a list.
func fieldsArgument(d *ast.Directive) (string, bool) {
	arg := d.Arguments.ForName("fields")
	if arg == nil || arg.Value == nil {
		return "", false
	}
	if arg.Value.Kind != ast.ListValue {
		return arg.Value.Raw, arg.Value.Kind == ast.StringValue || arg.Value.Kind == ast.BlockValue
	}
	var parts []string
	for _, child := range arg.Value.Children {
		if child.Value.Kind != ast.StringValue {
			return "", false
		}
		parts = append(parts, child.Value.Raw)
	}
	return strings.Join(parts, " "), true
}

func (s *subgraph) readField(t *typeDef, f *ast.FieldDefinition) *field {
	read := &field{owner: t, name: f.Name, typ: s.rename(f.Type), pos: f.Position, def: f}
	read.description = f.Description
	s.readMarks(&read.marks, f.Directives)
	for _, a := range f.Arguments {
		if read.arg(a.Name) == nil {
			read.args = append(read.args, s.readInput(a.Name, a.Description, a.Type, a.DefaultValue, a.Directives, a.Position))
		}
	}
	for _, d := range f.Directives {
		switch s.canonical[d.Name] {
		case "external":
			read.external = true
		case "shareable":
			read.shareable = true
		case "override":
			read.override, _ = federation.StringArgument(d, "from")
			read.overrideLabel, _ = federation.StringArgument(d, "label")
			read.overridePos = d.Position
		case "requires":
			read.requires = readSelection(d)
		case "provides":
			read.provides = readSelection(d)
		}
	}
	return read
}

func readSelection(d *ast.Directive) *selection {
	text, ok := fieldsArgument(d)
	if !ok {
		return nil
	}
	set, err := federation.ParseFieldSet(text)
	if err != nil || len(set) == 0 {
		return nil
	}
	return &selection{text: set.String(), set: set, pos: d.Position}
}

func (s *subgraph) readInput(name, description string, typ *ast.Type, value *ast.Value, directives ast.DirectiveList, pos *ast.Position) *input {
	read := &input{name: name, typ: typ, value: value, pos: pos}
	read.description = description
	s.readMarks(&read.marks, directives)
	if d := s.find(directives, "fromContext"); d != nil {
		s.uses.context = true
		if text, ok := federation.StringArgument(d, "field"); ok {
			read.fromContext = readContextReference(text)
		}
	}
	return read
}

// readContextReference splits "$context { selection }"; nil where it is neither.
func readContextReference(text string) *contextReference {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "$") {
		return nil
	}
	end := strings.IndexFunc(text[1:], func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end <= 0 {
		return nil
	}
	selection := strings.TrimSpace(text[1+end:])
	if selection == "" {
		return nil
	}
	return &contextReference{context: text[1 : 1+end], selection: selection}
}
