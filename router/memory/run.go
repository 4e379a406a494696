package memory

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// run is one execution, by the algorithms of the specification's section 6.
type run struct {
	server    *Server
	doc       *ast.QueryDocument
	variables map[string]any
	errors    []any
}

// subject is an object: its data, and what the server knows of its external
// fields, which is the representation that it was found by, or what the field
// provides that led to it.
type subject struct {
	fields         map[string]any
	representation map[string]any
	provided       map[string]any
}

func (x *run) fail(path []any, message string) {
	x.errors = append(x.errors, map[string]any{"message": message, "path": path, "extensions": map[string]any{"code": "PLANTED"}})
}

func (x *run) object(set ast.SelectionSet, def *ast.Definition, s subject, path []any) (any, bool) {
	out := members{}
	fields := map[string][]*ast.Field{}
	var order []string
	x.collect(set, def, func(f *ast.Field) {
		if fields[f.Alias] == nil {
			order = append(order, f.Alias)
		}
		fields[f.Alias] = append(fields[f.Alias], f)
	})
	for _, key := range order {
		v, ok := x.field(fields[key], def, s, append(slices.Clone(path), key))
		if !ok {
			return nil, false
		}
		out = append(out, struct {
			key   string
			value any
		}{key, v})
	}
	return out, true
}

func (x *run) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		value, _ := d.Arguments.ForName("if").Value.Value(x.variables)
		if (value == true) == (d.Name == "skip") {
			return false
		}
	}
	return true
}

func (x *run) collect(set ast.SelectionSet, def *ast.Definition, each func(*ast.Field)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if x.included(s.Directives) {
				each(s)
			}
		case *ast.InlineFragment:
			if x.included(s.Directives) && x.is(def, s.TypeCondition) {
				x.collect(s.SelectionSet, def, each)
			}
		case *ast.FragmentSpread:
			f := x.doc.Fragments.ForName(s.Name)
			if x.included(s.Directives) && x.is(def, f.TypeCondition) {
				x.collect(f.SelectionSet, def, each)
			}
		}
	}
}

func (x *run) is(def *ast.Definition, condition string) bool {
	if condition == "" || condition == def.Name {
		return true
	}
	of := x.server.Schema.Types[condition]
	return of != nil && of.IsAbstractType() && slices.ContainsFunc(x.server.Schema.GetPossibleTypes(of), func(d *ast.Definition) bool { return d.Name == def.Name })
}

func (x *run) field(fields []*ast.Field, def *ast.Definition, s subject, path []any) (any, bool) {
	f := fields[0]
	var set ast.SelectionSet
	for _, each := range fields {
		set = append(set, each.SelectionSet...)
	}
	if f.Name == "__typename" {
		return def.Name, true
	}
	if f.Name == "_entities" && x.server.entities {
		return x.entities(f, set, path), true
	}
	return x.complete(f.Definition.Type, set, x.resolve(f, s), path, provided(f))
}

func (x *run) complete(t *ast.Type, set ast.SelectionSet, v any, path []any, provided map[string]any) (any, bool) {
	if message, ok := v.(string); ok && strings.HasPrefix(message, "!") {
		x.fail(path, message[1:])
		return nil, !t.NonNull
	}
	v = x.follow(v)
	if v == nil {
		if t.NonNull {
			x.fail(path, "Cannot return null for a non-nullable field.")
		}
		return nil, !t.NonNull
	}
	out, ok := x.value(t, set, v, path, provided)
	if !ok {
		return nil, !t.NonNull
	}
	return out, true
}

func (x *run) value(t *ast.Type, set ast.SelectionSet, v any, path []any, provided map[string]any) (any, bool) {
	if t.Elem != nil {
		items, ok := v.([]any)
		if !ok {
			return v, true // as a server does that does not check itself
		}
		out := make([]any, len(items))
		for i, item := range items {
			var ok bool
			if out[i], ok = x.complete(t.Elem, set, item, append(slices.Clone(path), i), provided); !ok {
				return nil, false
			}
		}
		return out, true
	}
	def := x.server.Schema.Types[t.NamedType]
	if !def.IsCompositeType() {
		return v, true
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return v, true
	}
	if def.IsAbstractType() {
		if def = x.concrete(fields); def == nil {
			x.fail(path, fmt.Sprintf("the object %v is of no type that the schema has", fields))
			return nil, false
		}
	}
	return x.object(set, def, subject{fields: fields, provided: provided}, path)
}

// concrete is the type of an object as the schema knows it: its own, or that of
// an interface object in its stead.
func (x *run) concrete(fields map[string]any) *ast.Definition {
	name, _ := fields["__typename"].(string)
	if def := x.server.Schema.Types[name]; def != nil {
		return def
	}
	stand, _ := fields["__interface"].(string)
	return x.server.Schema.Types[stand]
}

// members is a JSON object whose members keep their order.
type members []struct {
	key   string
	value any
}

func (o members) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(strconv.AppendQuote(out, m.key), ':'), value...)
	}
	return append(out, '}'), nil
}
