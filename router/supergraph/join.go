package supergraph

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// readType gives every subgraph its part of one type.
func (r *reader) readType(def *ast.Definition) error {
	parts, err := r.parts(def)
	if err != nil {
		return err
	}
	if err := r.readImplements(def, parts); err != nil {
		return err
	}
	owner := ""
	if d := def.Directives.ForName("join__owner"); d != nil {
		owner = text(d, "graph")
	}
	for _, f := range def.Fields {
		if err := r.readField(def, f, parts, owner); err != nil {
			return err
		}
	}
	if owner != "" {
		addKeyFields(def, parts)
	}
	for _, v := range def.EnumValues {
		for _, g := range r.only(v.Directives, "join__enumValue", parts) {
			parts[g].Values = append(parts[g].Values, v.Name)
		}
	}
	r.readMembers(def, parts)
	for _, g := range r.order {
		if t := parts[g.Graph]; t != nil {
			g.Types = append(g.Types, t)
		}
	}
	return nil
}

// parts makes the type in every subgraph that @join__type names; a type that
// names none is a value type of all.
func (r *reader) parts(def *ast.Definition) (map[string]*Type, error) {
	parts := map[string]*Type{}
	for _, d := range def.Directives.ForNames("join__type") {
		graph := text(d, "graph")
		if r.byGraph[graph] == nil {
			return nil, fmt.Errorf("@join__type on %s names the graph %q, which is not in join__Graph", def.Name, graph)
		}
		t := parts[graph]
		if t == nil {
			t = &Type{Name: def.Name, Kind: def.Kind}
			parts[graph] = t
		}
		if truth(d, "isInterfaceObject", false) {
			t.InterfaceObject, t.Kind = true, ast.Object
		}
		if key := text(d, "key"); key != "" {
			t.Keys = append(t.Keys, Key{Fields: key, Resolvable: truth(d, "resolvable", true)})
		}
	}
	if len(parts) == 0 {
		for _, g := range r.order {
			parts[g.Graph] = &Type{Name: def.Name, Kind: def.Kind}
		}
	}
	return parts, nil
}

func (r *reader) readImplements(def *ast.Definition, parts map[string]*Type) error {
	directives := def.Directives.ForNames("join__implements")
	for _, d := range directives {
		t := parts[text(d, "graph")]
		if t == nil {
			return fmt.Errorf("@join__implements on %s names the graph %q, which does not have the type", def.Name, text(d, "graph"))
		}
		if !t.InterfaceObject {
			t.Interfaces = append(t.Interfaces, text(d, "interface"))
		}
	}
	if len(directives) == 0 {
		for _, t := range parts {
			t.Interfaces = append(t.Interfaces, def.Interfaces...)
		}
	}
	return nil
}

func (r *reader) readMembers(def *ast.Definition, parts map[string]*Type) {
	if def.Kind != ast.Union {
		return
	}
	directives := def.Directives.ForNames("join__unionMember")
	for _, d := range directives {
		if t := parts[text(d, "graph")]; t != nil {
			t.Members = append(t.Members, text(d, "member"))
		}
	}
	if len(directives) == 0 {
		for _, t := range parts {
			t.Members = append(t.Members, def.Types...)
		}
	}
}

// only is the graphs that the directives name, or all that have the type when
// there is none.
func (r *reader) only(list ast.DirectiveList, name string, parts map[string]*Type) []string {
	var graphs []string
	directives := list.ForNames(name)
	for _, d := range directives {
		if parts[text(d, "graph")] != nil {
			graphs = append(graphs, text(d, "graph"))
		}
	}
	if len(directives) > 0 {
		return graphs
	}
	for _, g := range r.order {
		if parts[g.Graph] != nil {
			graphs = append(graphs, g.Graph)
		}
	}
	return graphs
}

// readField adds a field to the subgraphs that @join__field names. Without any,
// it belongs to all that have the type, or to the owner of a Federation 1 type.
func (r *reader) readField(def *ast.Definition, f *ast.FieldDefinition, parts map[string]*Type, owner string) error {
	directives := f.Directives.ForNames("join__field")
	for _, d := range directives {
		graph := text(d, "graph")
		if graph == "" {
			continue // reached only through an interface object
		}
		t := parts[graph]
		if t == nil && r.byGraph[graph] != nil && owner == "" && len(def.Directives.ForNames("join__type")) == 0 {
			t = &Type{Name: def.Name, Kind: def.Kind}
			parts[graph] = t
		}
		if t == nil {
			return fmt.Errorf("@join__field on %s.%s names the graph %q, which does not have the type", def.Name, f.Name, graph)
		}
		field, err := readJoinField(f, d)
		if err != nil {
			return fmt.Errorf("@join__field on %s.%s: %w", def.Name, f.Name, err)
		}
		t.Fields = append(t.Fields, field)
	}
	if len(directives) > 0 {
		r.labelOverridden(directives, f.Name, parts)
		return nil
	}
	for _, g := range r.order {
		if t := parts[g.Graph]; t != nil && (owner == "" || owner == g.Graph) {
			t.Fields = append(t.Fields, &Field{Def: f, Type: f.Type})
		}
	}
	return nil
}

// labelOverridden gives the field that is being moved away the label of the
// move: some composers write it only where the field goes.
func (r *reader) labelOverridden(directives []*ast.Directive, field string, parts map[string]*Type) {
	for _, d := range directives {
		label, from := text(d, "overrideLabel"), text(d, "override")
		if label == "" || from == "" {
			continue
		}
		for _, g := range r.order {
			if t := parts[g.Graph]; t != nil && g.Name == from && t.Field(field) != nil {
				t.Field(field).Label, t.Field(field).External = label, false
			}
		}
	}
}

// addKeyFields gives the subgraphs that extend a Federation 1 type the fields
// of their keys, which join v0.1 leaves with the owner.
func addKeyFields(def *ast.Definition, parts map[string]*Type) {
	for _, t := range parts {
		for _, k := range t.Keys {
			for _, name := range topNames(k.Fields) {
				if f := def.Fields.ForName(name); f != nil && t.Field(name) == nil {
					t.Fields = append(t.Fields, &Field{Def: f, Type: f.Type})
				}
			}
		}
	}
}

// topNames are the fields at the top of a field set.
func topNames(set string) []string {
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + set + "}"})
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range doc.Operations[0].SelectionSet {
		if f, ok := s.(*ast.Field); ok {
			names = append(names, f.Name)
		}
	}
	return names
}

func readJoinField(f *ast.FieldDefinition, d *ast.Directive) (*Field, error) {
	field := &Field{
		Def:       f,
		Type:      f.Type,
		Requires:  text(d, "requires"),
		Provides:  text(d, "provides"),
		External:  truth(d, "external", false),
		Label:     text(d, "overrideLabel"),
		Overrides: text(d, "override") != "",
	}
	if truth(d, "usedOverridden", false) && field.Label == "" {
		field.External = true
	}
	if t := text(d, "type"); t != "" {
		parsed, err := readTypeReference(t)
		if err != nil {
			return nil, err
		}
		field.Type = parsed
	}
	return field, readContextArguments(field, d)
}

// readContextArguments reads the arguments that come from contexts (join v0.5).
func readContextArguments(field *Field, d *ast.Directive) error {
	list := d.Arguments.ForName("contextArguments")
	if list == nil {
		return nil
	}
	for _, item := range list.Value.Children {
		c := ContextArgument{Name: member(item.Value, "name"), Type: member(item.Value, "type"), Context: member(item.Value, "context"), Selection: member(item.Value, "selection")}
		if c.Name == "" || c.Type == "" || c.Context == "" || c.Selection == "" {
			return fmt.Errorf("its contextArguments lack name, type, context or selection: %s", item.Value)
		}
		field.Contexts = append(field.Contexts, c)
	}
	return nil
}

// member is a string in an input object, or "".
func member(v *ast.Value, name string) string {
	if m := v.Children.ForName(name); m != nil {
		return m.Raw
	}
	return ""
}

// readTypeReference parses a type reference such as "[Int!]!".
func readTypeReference(t string) (*ast.Type, error) {
	doc, err := parser.ParseSchema(&ast.Source{Input: "type T { f: " + t + " }"})
	if err != nil {
		return nil, fmt.Errorf("%q is not a type", t)
	}
	return doc.Definitions[0].Fields[0].Type, nil
}
