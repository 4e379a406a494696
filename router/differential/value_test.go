package differential_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// value writes a value of an input type: a literal, a variable, or a literal
// with variables inside.
func (w *writer) value(t *ast.Type, hasDefault bool, depth int) string {
	if w.chance(40) {
		return w.variable(t, hasDefault)
	}
	if !t.NonNull && w.chance(8) {
		return "null"
	}
	if t.Elem != nil {
		if w.chance(15) {
			return w.value(required(t.Elem), false, depth+1) // a list of one
		}
		var items []string
		for range w.IntN(3) {
			items = append(items, w.value(t.Elem, false, depth+1))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	def := w.schema.Types[t.NamedType]
	if def.Kind != ast.InputObject {
		return literalOf(w.scalar(def), def)
	}
	var fields []string
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil || depth < 3 && w.chance(50) {
			fields = append(fields, f.Name+": "+w.value(f.Type, f.DefaultValue != nil, depth+1))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// required is the type without null.
func required(t *ast.Type) *ast.Type {
	out := *t
	out.NonNull = true
	return &out
}

// variable writes a variable for a place of a type.
func (w *writer) variable(t *ast.Type, hasDefault bool) string {
	name := fmt.Sprintf("v%d", len(w.defs))
	at := len(w.defs)
	w.defs = append(w.defs, "")
	switch {
	case !t.NonNull && w.chance(20): // maybe not given at all
		w.defs[at] = "$" + name + ": " + t.String()
	case w.chance(15):
		nullable := *t
		nullable.NonNull = false
		w.defs[at] = "$" + name + ": " + nullable.String() + " = " + w.fixed(required(t))
		if w.chance(50) {
			w.variables[name] = w.json(required(t), 0)
		}
	default:
		w.defs[at] = "$" + name + ": " + required(t).String()
		w.variables[name] = w.json(required(t), 0)
		if !t.NonNull && w.chance(30) {
			w.defs[at] = "$" + name + ": " + t.String()
			w.variables[name] = w.json(t, 0)
		}
	}
	_ = hasDefault
	return "$" + name
}

// fixed is a literal without variables.
func (w *writer) fixed(t *ast.Type) string { return w.literal(w.json(t, 0), t) }

// literal writes a JSON value of an input type as GraphQL.
func (w *writer) literal(v any, t *ast.Type) string {
	if v == nil {
		return "null"
	}
	if t.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			return w.literal(v, t.Elem)
		}
		var items []string
		for _, item := range list {
			items = append(items, w.literal(item, t.Elem))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	def := w.schema.Types[t.NamedType]
	object, ok := v.(map[string]any)
	if !ok {
		return literalOf(v, def)
	}
	var fields []string
	for _, f := range def.Fields {
		if below, given := object[f.Name]; given {
			fields = append(fields, f.Name+": "+w.literal(below, f.Type))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func literalOf(v any, def *ast.Definition) string {
	if name, ok := v.(string); ok && def.Kind == ast.Enum {
		return name
	}
	switch v := v.(type) {
	case map[string]any:
		var fields []string
		for _, name := range sortedNames(v) {
			fields = append(fields, name+": "+literalOf(v[name], def))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, literalOf(item, def))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

// json makes a value of an input type as it stands in the variables.
func (w *writer) json(t *ast.Type, depth int) any {
	if !t.NonNull && w.chance(15) {
		return nil
	}
	if t.Elem != nil {
		if w.chance(10) {
			return w.json(required(t.Elem), depth+1)
		}
		list := []any{}
		for range w.IntN(3) {
			list = append(list, w.json(t.Elem, depth+1))
		}
		return list
	}
	def := w.schema.Types[t.NamedType]
	if def.Kind != ast.InputObject {
		return w.scalar(def)
	}
	object := map[string]any{}
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil || depth < 3 && w.chance(50) {
			object[f.Name] = w.json(f.Type, depth+1)
		}
	}
	return object
}

// scalar is some value of a scalar or an enum.
func (w *writer) scalar(def *ast.Definition) any {
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[w.IntN(len(def.EnumValues))].Name
	case def.Name == "Int":
		return w.IntN(7) - 2
	case def.Name == "Float":
		return pick[any](w.dice, 1.5, -0.25, 3, 100)
	case def.Name == "Boolean":
		return w.chance(50)
	case def.Name == "JSON":
		return pick[any](w.dice, "text", 5, true, []any{1, "a"}, map[string]any{"b": 1, "a": nil})
	case def.Name == "ID":
		return pick[any](w.dice, "1", "2", "x", 3)
	}
	return pick(w.dice, "", "a", "été", `a "b" \ c`, "@", "{x}", "two\nlines", "$args")
}
