package differential_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// set makes the value of a field of the object with the id, the i-th of its type.
func (m *maker) set(t *known, i int, id, field string) {
	definitions := t.fields[field]
	first := definitions[0]
	object := m.data[id]
	if only := m.lost[id]; only != "" && !m.alone(definitions, only, field, t) {
		object[field] = nil
		return
	}
	if t.keys[field] {
		object[field] = m.keyValue(t, i, first)
		if m.lost[id] != "" && !first.field.Type.NonNull && m.chance(50) {
			object[field] = nil
		}
		return
	}
	if first.takesContext() {
		object[field] = "~prop a"
		return
	}
	for _, d := range definitions {
		if requires := d.field.Directives.ForName("requires"); requires != nil {
			object[field] = template(requires.Arguments.ForName("fields").Value.Raw)
			return
		}
	}
	if args := first.field.Arguments; len(args) == 1 && args[0].Name == "id" && args[0].Type.NonNull {
		m.byID(object, first)
		return
	}
	// What becomes of a failure is clear only where all agree what may be null.
	needed := t.required[field] || t.whole || !agree(typesOf(definitions))
	if m.fail && !needed && m.chance(4) {
		object[field] = "!" + id + " has no " + field
		return
	}
	object[field] = m.value(definitions, typesOf(definitions), needed)
	for _, arguments := range sortedNames(t.with[field]) { // what others require of it
		object[field+arguments] = pick[any](m.dice, "three", "", nil, field+arguments)
	}
}

// agree tells whether types are nullable in the same places.
func agree(types []*ast.Type) bool {
	for _, t := range types[1:] {
		for a, b := types[0], t; a != nil && b != nil; a, b = a.Elem, b.Elem {
			if a.NonNull != b.NonNull {
				return false
			}
		}
	}
	return true
}

// alone tells whether a subgraph can tell a field of an object that it alone
// knows: it has the field, and needs nobody for it.
func (m *maker) alone(definitions []definition, only, field string, t *known) bool {
	if labelled(definitions) || len(t.with[field]) > 0 {
		return false
	}
	for _, d := range definitions {
		if d.field.Directives.ForName("requires") != nil {
			return false
		}
		if d.field.Directives.ForName("external") != nil && d.subgraph == only {
			return t.keys[field]
		}
		if d.field.Directives.ForName("override") != nil && d.subgraph != only {
			return false
		}
	}
	return slices.ContainsFunc(definitions, func(d definition) bool { return d.subgraph == only })
}

// template computes a field from those that it requires.
func template(set string) string {
	var parts []string
	if name, arguments, with := requiredWith(set); with {
		return "={" + name + "|" + arguments + "}"
	}
	for _, path := range leafPaths(set) {
		parts = append(parts, "{"+path+"}")
	}
	return "=" + strings.Join(parts, "-")
}

// keyValue is a value that no other object of the type has in its key.
func (m *maker) keyValue(t *known, i int, d definition) any {
	if name := d.field.Type.Name(); m.types[name] != nil {
		return "@" + m.pool[name][i]
	}
	switch d.field.Type.Name() {
	case "Int":
		return 10 + i
	default:
		if d.field.Name == "id" && t.keys["region"] {
			return fmt.Sprintf("%s%d", strings.ToLower(t.name), i/2)
		}
		return fmt.Sprintf("%s%d", strings.ToLower(t.name), i)
	}
}

// byID lets a field with an id find the objects of its type.
func (m *maker) byID(object map[string]any, d definition) {
	name := d.field.Type.Name()
	for _, id := range m.pool[name] {
		if m.lost[id] == "" {
			key, _ := json.Marshal(map[string]any{"id": id})
			object[d.field.Name+string(key)] = "@" + id
		}
	}
	object[d.field.Name] = nil
}

// typesOf are the types that all definitions give a field.
func typesOf(definitions []definition) []*ast.Type {
	types := make([]*ast.Type, len(definitions))
	for i, d := range definitions {
		types[i] = d.field.Type
	}
	return types
}

// value makes a value that is of all types.
func (m *maker) value(definitions []definition, types []*ast.Type, needed bool) any {
	nullable := !slices.ContainsFunc(types, func(t *ast.Type) bool { return t.NonNull })
	if nullable && m.chance(18) || m.fail && !needed && m.chance(2) {
		return nil
	}
	if types[0].Elem != nil {
		if m.fail && !needed && m.chance(1) {
			return "no list"
		}
		below := make([]*ast.Type, len(types))
		for i, t := range types {
			below[i] = t.Elem
		}
		items := []any{}
		for range m.IntN(4) {
			items = append(items, m.value(definitions, below, needed))
		}
		return items
	}
	def := m.schemas[definitions[0].subgraph].Types[types[0].NamedType]
	switch {
	case def.IsLeafType() && m.fail && !needed && m.chance(1):
		return []any{"no", "leaf"} // of objects, graphql-js takes anything
	case def.IsCompositeType():
		return m.reference(definitions, nullable)
	case def.Kind == ast.Enum:
		return m.enumValue(definitions, def)
	}
	return m.scalar(definitions[0].field, def.Name)
}

// reference leads to an object that all definitions can lead to.
func (m *maker) reference(definitions []definition, _ bool) any {
	var ids []string
	for _, name := range m.concrete(definitions) {
		for _, id := range m.pool[name] {
			only := m.lost[id]
			if only == "" || !slices.ContainsFunc(definitions, func(d definition) bool { return d.subgraph != only }) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return "@" + pick(m.dice, ids...)
}

// enumValue is a value that all subgraphs know.
func (m *maker) enumValue(definitions []definition, def *ast.Definition) any {
	var names []string
	for _, v := range def.EnumValues {
		everywhere := true
		for _, d := range definitions {
			everywhere = everywhere && m.schemas[d.subgraph].Types[def.Name].EnumValues.ForName(v.Name) != nil
		}
		if everywhere {
			names = append(names, v.Name)
		}
	}
	return pick(m.dice, names...)
}

func (m *maker) scalar(f *ast.FieldDefinition, name string) any {
	switch name {
	case "Int":
		return m.IntN(2000) - 1000
	case "Float":
		return pick[any](m.dice, 0.5, -2.25, 1000000, 3, 0)
	case "Boolean":
		return m.chance(50)
	case "JSON":
		return pick[any](m.dice, map[string]any{"k": []any{1, nil}, "a": "b"}, []any{}, 5, true, "text", []any{map[string]any{}})
	case "ID":
		return pick(m.dice, "x", "7", "00", "ü")
	}
	if len(f.Arguments) > 0 {
		return "$args"
	}
	return pick(m.dice, "", "a", "b", "lorem ipsum", "ärger", `"quoted" \ back`, "tab\tnew\nline", "{}", "null", "|\u0001|\U0001F600")
}

// requiredWith reads a field that is required with arguments, which are given as
// JSON.
func requiredWith(set string) (name, arguments string, ok bool) {
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + set + "}"})
	if err != nil {
		return "", "", false
	}
	f, ok := doc.Operations[0].SelectionSet[0].(*ast.Field)
	if !ok || len(f.Arguments) == 0 {
		return "", "", false
	}
	values := map[string]any{}
	for _, a := range f.Arguments {
		values[a.Name], _ = a.Value.Value(nil)
	}
	encoded, _ := json.Marshal(values)
	return f.Name, string(encoded), true
}
