package execute

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// What follows is the introspection schema over a client schema (specification,
// 4.2.1 to 4.2.6), one type for each of its types.

type schemaOf struct{ *ast.Schema }

func (schemaOf) typeName() string { return "__Schema" }

func (s schemaOf) field(name string, _ bool) any {
	switch name {
	case "description":
		return optional(s.Description)
	case "types":
		var types []reflected
		for _, n := range slices.Sorted(maps.Keys(s.Types)) {
			if t := namedType(s.Schema, n); t != nil {
				types = append(types, t)
			}
		}
		return types
	case "queryType":
		return s.root(s.Query)
	case "mutationType":
		return s.root(s.Mutation)
	case "subscriptionType":
		return s.root(s.Subscription)
	case "directives":
		list := []reflected{}
		for _, n := range slices.Sorted(maps.Keys(s.Directives)) {
			list = append(list, directiveOf{s.Schema, s.Directives[n]})
		}
		return list
	}
	return nil
}

func (s schemaOf) root(def *ast.Definition) any {
	if def == nil {
		return nil
	}
	return namedType(s.Schema, def.Name)
}

// namedType is the type of that name, or nil. A built-in scalar that nothing is
// of is no type of the schema (specification, 3.5).
func namedType(s *ast.Schema, name string) reflected {
	def := s.Types[name]
	if def == nil || def.BuiltIn && def.Kind == ast.Scalar && !refersTo(s, name) {
		return nil
	}
	return typeOf{s, ast.NamedType(name, nil)}
}

// refersTo tells whether any field or argument of a schema, its directives and
// those of introspection among them, is of a type.
func refersTo(s *ast.Schema, name string) bool {
	argument := func(a *ast.ArgumentDefinition) bool { return a.Type.Name() == name }
	field := func(f *ast.FieldDefinition) bool {
		return f.Type.Name() == name || slices.ContainsFunc(f.Arguments, argument)
	}
	for _, def := range s.Types {
		if slices.ContainsFunc(def.Fields, field) {
			return true
		}
	}
	for _, d := range s.Directives {
		if slices.ContainsFunc(d.Arguments, argument) {
			return true
		}
	}
	return false
}

type typeOf struct {
	schema *ast.Schema
	t      *ast.Type
}

func (typeOf) typeName() string { return "__Type" }

func (t typeOf) field(name string, deprecated bool) any {
	if t.t.NonNull || t.t.Elem != nil {
		return t.wrapper(name)
	}
	def := t.schema.Types[t.t.NamedType]
	switch name {
	case "kind":
		return string(def.Kind)
	case "name":
		return def.Name
	case "description":
		return optional(def.Description)
	case "specifiedByURL":
		if d := def.Directives.ForName("specifiedBy"); d != nil {
			return d.Arguments.ForName("url").Value.Raw
		}
	case "isOneOf":
		if def.Kind == ast.InputObject {
			return def.Directives.ForName("oneOf") != nil
		}
	case "fields", "inputFields":
		return t.fields(def, name, deprecated)
	case "interfaces":
		return t.interfaces(def)
	case "possibleTypes":
		return t.possible(def)
	case "enumValues":
		return enumValues(def, deprecated)
	}
	return nil
}

func (t typeOf) wrapper(name string) any {
	switch {
	case name == "kind" && t.t.NonNull:
		return "NON_NULL"
	case name == "kind":
		return "LIST"
	case name == "ofType" && t.t.NonNull:
		inner := *t.t
		inner.NonNull = false
		return typeOf{t.schema, &inner}
	case name == "ofType":
		return typeOf{t.schema, t.t.Elem}
	}
	return nil
}

func (t typeOf) fields(def *ast.Definition, name string, deprecated bool) any {
	input := def.Kind == ast.InputObject
	if input != (name == "inputFields") || !input && def.Kind != ast.Object && def.Kind != ast.Interface {
		return nil
	}
	list := []reflected{}
	for _, f := range def.Fields {
		if len(f.Name) > 1 && f.Name[:2] == "__" || !deprecated && f.Directives.ForName("deprecated") != nil {
			continue
		}
		if input {
			list = append(list, inputOf{t.schema, f.Name, f.Description, f.Type, f.DefaultValue, f.Directives})
		} else {
			list = append(list, fieldOf{t.schema, f})
		}
	}
	return list
}

func (t typeOf) interfaces(def *ast.Definition) any {
	if def.Kind != ast.Object && def.Kind != ast.Interface {
		return nil
	}
	list := []reflected{}
	for _, i := range def.Interfaces {
		list = append(list, typeOf{t.schema, ast.NamedType(i, nil)})
	}
	return list
}

func (t typeOf) possible(def *ast.Definition) any {
	if !def.IsAbstractType() {
		return nil
	}
	list := []reflected{}
	for _, p := range t.schema.GetPossibleTypes(def) {
		if p.Kind != ast.Object {
			continue // an interface that implements this one
		}
		list = append(list, typeOf{t.schema, ast.NamedType(p.Name, nil)})
	}
	return list
}

func enumValues(def *ast.Definition, deprecated bool) any {
	if def.Kind != ast.Enum {
		return nil
	}
	list := []reflected{}
	for _, v := range def.EnumValues {
		if deprecated || v.Directives.ForName("deprecated") == nil {
			list = append(list, enumValueOf{v})
		}
	}
	return list
}

type fieldOf struct {
	schema *ast.Schema
	f      *ast.FieldDefinition
}

func (fieldOf) typeName() string { return "__Field" }

func (f fieldOf) field(name string, deprecated bool) any {
	switch name {
	case "name":
		return f.f.Name
	case "description":
		return optional(f.f.Description)
	case "args":
		return arguments(f.schema, f.f.Arguments, deprecated)
	case "type":
		return typeOf{f.schema, f.f.Type}
	}
	return deprecation(f.f.Directives, name)
}

func arguments(s *ast.Schema, args ast.ArgumentDefinitionList, deprecated bool) []reflected {
	list := []reflected{}
	for _, a := range args {
		if deprecated || a.Directives.ForName("deprecated") == nil {
			list = append(list, inputOf{s, a.Name, a.Description, a.Type, a.DefaultValue, a.Directives})
		}
	}
	return list
}

type inputOf struct {
	schema            *ast.Schema
	name, description string
	t                 *ast.Type
	defaultValue      *ast.Value
	directives        ast.DirectiveList
}

func (inputOf) typeName() string { return "__InputValue" }

func (i inputOf) field(name string, _ bool) any {
	switch name {
	case "name":
		return i.name
	case "description":
		return optional(i.description)
	case "type":
		return typeOf{i.schema, i.t}
	case "defaultValue":
		if i.defaultValue != nil {
			return printed(i.defaultValue)
		}
		return nil
	}
	return deprecation(i.directives, name)
}

// printed is a value as the reference implementation prints it.
func printed(v *ast.Value) string {
	open, end := "[", "]"
	switch v.Kind {
	case ast.ObjectValue:
		open, end = "{", "}"
	case ast.ListValue:
	default:
		return v.String()
	}
	parts := make([]string, len(v.Children))
	for i, child := range v.Children {
		if parts[i] = printed(child.Value); v.Kind == ast.ObjectValue {
			parts[i] = child.Name + ": " + parts[i]
		}
	}
	return open + strings.Join(parts, ", ") + end
}

type enumValueOf struct{ *ast.EnumValueDefinition }

func (enumValueOf) typeName() string { return "__EnumValue" }

func (v enumValueOf) field(name string, _ bool) any {
	switch name {
	case "name":
		return v.Name
	case "description":
		return optional(v.Description)
	}
	return deprecation(v.Directives, name)
}

type directiveOf struct {
	schema *ast.Schema
	d      *ast.DirectiveDefinition
}

func (directiveOf) typeName() string { return "__Directive" }

func (d directiveOf) field(name string, deprecated bool) any {
	switch name {
	case "name":
		return d.d.Name
	case "description":
		return optional(d.d.Description)
	case "isRepeatable":
		return d.d.IsRepeatable
	case "args":
		return arguments(d.schema, d.d.Arguments, deprecated)
	case "locations":
		locations := make([]string, len(d.d.Locations))
		for i, l := range d.d.Locations {
			locations[i] = string(l)
		}
		return locations
	}
	return nil
}

// deprecation is what __Field, __InputValue and __EnumValue say of @deprecated.
func deprecation(list ast.DirectiveList, name string) any {
	d := list.ForName("deprecated")
	switch {
	case name == "isDeprecated":
		return d != nil
	case name != "deprecationReason" || d == nil:
		return nil
	}
	if reason := d.Arguments.ForName("reason"); reason != nil {
		return reason.Value.Raw
	}
	return "No longer supported"
}

func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}
