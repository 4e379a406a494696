package operation

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"
)

// undefined stands for a variable that was given no value.
type undefined struct{}

// literal gives the JSON value of a literal of type t, with the variables that
// stand in it put in. It is undefined{} for a variable without a value.
func literal(schema *ast.Schema, v *ast.Value, t *ast.Type, variables map[string]any) any {
	switch v.Kind {
	case ast.Variable:
		if value, ok := variables[v.Raw]; ok {
			return value
		}
		return undefined{}
	case ast.NullValue:
		return nil
	}
	if t != nil && t.Elem != nil {
		return listLiteral(schema, v, t, variables)
	}
	named := ""
	if t != nil {
		named = t.NamedType
	}
	switch v.Kind {
	case ast.IntValue:
		if named == "ID" || named == "String" {
			return v.Raw
		}
		return json.Number(v.Raw)
	case ast.FloatValue:
		return json.Number(v.Raw)
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.ListValue:
		return listLiteral(schema, v, t, variables)
	case ast.ObjectValue:
		return objectLiteral(schema, v, named, variables)
	}
	return v.Raw
}

func listLiteral(schema *ast.Schema, v *ast.Value, t *ast.Type, variables map[string]any) any {
	var elem *ast.Type
	if t != nil {
		elem = t.Elem
	}
	children := v.Children
	if v.Kind != ast.ListValue {
		return []any{literal(schema, v, elem, variables)}
	}
	out := make([]any, len(children))
	for i, child := range children {
		out[i] = literal(schema, child.Value, elem, variables)
		if out[i] == (undefined{}) {
			out[i] = nil
		}
	}
	return out
}

func objectLiteral(schema *ast.Schema, v *ast.Value, named string, variables map[string]any) any {
	out := make(map[string]any, len(v.Children))
	def := schema.Types[named]
	for _, child := range v.Children {
		var t *ast.Type
		if def != nil {
			if f := def.Fields.ForName(child.Name); f != nil {
				t = f.Type
			}
		}
		if value := literal(schema, child.Value, t, variables); value != (undefined{}) {
			out[child.Name] = value
		}
	}
	return out
}
