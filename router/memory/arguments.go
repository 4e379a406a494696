package memory

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// arguments are those of a field, with the defaults of arguments and of the
// fields of inputs (specification, 6.4.1).
func (x *run) arguments(f *ast.Field) map[string]any {
	out := map[string]any{}
	for _, def := range f.Definition.Arguments {
		if a := f.Arguments.ForName(def.Name); a != nil {
			if v, given := x.literal(a.Value, def.Type); given {
				out[def.Name] = v
				continue
			}
		}
		if def.DefaultValue != nil {
			out[def.Name], _ = x.literal(def.DefaultValue, def.Type)
		}
	}
	return out
}

// literal is the value of a literal of a type; given is false for a variable
// that has no value.
func (x *run) literal(v *ast.Value, t *ast.Type) (_ any, given bool) {
	if v.Kind == ast.Variable {
		value, ok := x.variables[v.Raw]
		return x.coerce(value, t), ok
	}
	if t.Elem != nil && v.Kind == ast.ListValue {
		list := make([]any, len(v.Children))
		for i, child := range v.Children {
			list[i], _ = x.literal(child.Value, t.Elem)
		}
		return list, true
	}
	if v.Kind == ast.ObjectValue {
		object := map[string]any{}
		def := x.server.Schema.Types[t.Name()]
		for _, child := range v.Children {
			if f := def.Fields.ForName(child.Name); f != nil {
				if below, ok := x.literal(child.Value, f.Type); ok {
					object[child.Name] = below
				}
			}
		}
		return x.coerce(object, t), true
	}
	value, _ := v.Value(nil)
	return x.coerce(value, t), true
}

// coerce fills in the defaults of inputs, and makes lists of single values.
func (x *run) coerce(v any, t *ast.Type) any {
	if v == nil {
		return nil
	}
	if t.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			return []any{x.coerce(v, t.Elem)}
		}
		out := make([]any, len(list))
		for i := range list {
			out[i] = x.coerce(list[i], t.Elem)
		}
		return out
	}
	def := x.server.Schema.Types[t.NamedType]
	object, ok := v.(map[string]any)
	if !ok || def.Kind != ast.InputObject {
		return v
	}
	out := map[string]any{}
	for _, f := range def.Fields {
		if below, given := object[f.Name]; given {
			out[f.Name] = x.coerce(below, f.Type)
		} else if f.DefaultValue != nil {
			out[f.Name], _ = x.literal(f.DefaultValue, f.Type)
		}
	}
	return out
}
