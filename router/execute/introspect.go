package execute

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
)

// introspect answers the introspection fields of a request, in the order of the
// markers; the answer to a marker that is none is nil.
func (g *Graph) introspect(doc *operation.Document, markers []operation.Marker, variables map[string]any) [][]byte {
	if len(markers) == 0 {
		return nil
	}
	out := make([][]byte, len(markers))
	for i, m := range markers {
		if m.Local == nil {
			continue
		}
		in := introspection{schema: g.super.Schema, doc: doc.Doc, variables: variables}
		var answer any
		if m.Local.Name == "__schema" {
			answer = in.object(m.Local.SelectionSet, schemaOf{g.super.Schema})
		} else if name, ok := in.argument(m.Local, "name").(string); ok {
			answer = in.object(m.Local.SelectionSet, namedType(g.super.Schema, name))
		}
		encoded, err := json.Marshal(answer)
		if err != nil {
			encoded = []byte("null")
		}
		out[i] = encoded
	}
	return out
}

// reflected is an object of the introspection schema (specification, 4.2).
type reflected interface {
	typeName() string
	// field gives a field's value: a string, a bool, nil, a reflected, or a list of
	// reflected.
	field(name string, deprecated bool) any
}

// introspection executes selections over the schema.
type introspection struct {
	schema    *ast.Schema
	doc       *ast.QueryDocument
	variables map[string]any
}

// ordered is a JSON object whose members keep their order.
type ordered []struct {
	key   string
	value any
}

// MarshalJSON writes the members in order.
func (o ordered) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, m.key), ':')
		encoded, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(out, encoded...)
	}
	return append(out, '}'), nil
}

// object completes a reflected object; nil stays nil.
func (in introspection) object(set ast.SelectionSet, o reflected) any {
	if o == nil {
		return nil
	}
	out := ordered{}
	fields := map[string]ast.SelectionSet{}
	var order []*ast.Field
	in.collect(set, o.typeName(), func(f *ast.Field) {
		if _, seen := fields[f.Alias]; !seen {
			order = append(order, f)
		}
		fields[f.Alias] = append(fields[f.Alias], f.SelectionSet...)
	})
	for _, f := range order {
		var v any = o.typeName()
		if f.Name != "__typename" {
			deprecated, _ := in.argument(f, "includeDeprecated").(bool)
			v = in.complete(fields[f.Alias], o.field(f.Name, deprecated))
		}
		out = append(out, struct {
			key   string
			value any
		}{f.Alias, v})
	}
	return out
}

func (in introspection) complete(set ast.SelectionSet, v any) any {
	switch v := v.(type) {
	case []reflected:
		if v == nil {
			return nil
		}
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = in.object(set, item)
		}
		return list
	case reflected:
		return in.object(set, v)
	}
	return v
}

// collect calls each for the fields that apply (specification, 6.3.2).
func (in introspection) collect(set ast.SelectionSet, typeName string, each func(*ast.Field)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if in.included(s.Directives) {
				each(s)
			}
		case *ast.InlineFragment:
			if in.included(s.Directives) && (s.TypeCondition == "" || s.TypeCondition == typeName) {
				in.collect(s.SelectionSet, typeName, each)
			}
		case *ast.FragmentSpread:
			f := in.doc.Fragments.ForName(s.Name)
			if in.included(s.Directives) && f.TypeCondition == typeName {
				in.collect(f.SelectionSet, typeName, each)
			}
		}
	}
}

func (in introspection) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		value, _ := d.Arguments.ForName("if").Value.Value(in.variables)
		if (value == true) == (d.Name == "skip") {
			return false
		}
	}
	return true
}

func (in introspection) argument(f *ast.Field, name string) any {
	if a := f.Arguments.ForName(name); a != nil {
		if v, err := a.Value.Value(in.variables); err == nil {
			return v
		}
	}
	return nil
}
