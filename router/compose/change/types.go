package change

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// roots compares which types queries start at.
func (c *comparison) roots() {
	for _, op := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		before, after := c.old.roots[op], c.now.roots[op]
		if before != after && before != "" && after != "" {
			kind := map[ast.Operation]string{ast.Query: "SCHEMA_QUERY_TYPE_CHANGED", ast.Mutation: "SCHEMA_MUTATION_TYPE_CHANGED", ast.Subscription: "SCHEMA_SUBSCRIPTION_TYPE_CHANGED"}[op]
			c.add(Breaking, kind, after, nil, "Schema %s root has changed from %q to %q", op, before, after)
		}
	}
}

// types compares every type of either schema.
func (c *comparison) types() {
	names := slices.Collect(maps.Keys(c.old.types))
	for name := range c.now.types {
		if c.old.types[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		before, after := c.old.types[name], c.now.types[name]
		switch {
		case after == nil:
			c.add(Breaking, "TYPE_REMOVED", name, before.Position, "Type %q was removed", name)
		case before == nil:
			c.add(Safe, "TYPE_ADDED", name, after.Position, "Type %q was added", name)
		case before.Kind != after.Kind:
			c.add(Breaking, "TYPE_KIND_CHANGED", name, after.Position, "%q kind changed from %q to %q", name, kindName(before.Kind), kindName(after.Kind))
		default:
			c.description("TYPE", "type", name, before.Description, after.Description, after.Position)
			c.sameKind(before, after)
		}
	}
}

func kindName(kind ast.DefinitionKind) string {
	return map[ast.DefinitionKind]string{
		ast.Object: "ObjectTypeDefinition", ast.Interface: "InterfaceTypeDefinition", ast.Union: "UnionTypeDefinition",
		ast.Enum: "EnumTypeDefinition", ast.InputObject: "InputObjectTypeDefinition", ast.Scalar: "ScalarTypeDefinition",
	}[kind]
}

func (c *comparison) sameKind(before, after *ast.Definition) {
	switch after.Kind {
	case ast.Enum:
		c.enum(before, after)
	case ast.Union:
		c.union(before, after)
	case ast.InputObject:
		c.inputs(before, after)
	case ast.Object, ast.Interface:
		c.interfaces(before, after)
		c.fields(before, after)
	}
}

func (c *comparison) description(kind, what, path, before, after string, pos *ast.Position) {
	switch {
	case before == after:
	case before == "":
		c.add(Safe, kind+"_DESCRIPTION_ADDED", path, pos, "Description was added to %s %q", what, path)
	case after == "":
		c.add(Safe, kind+"_DESCRIPTION_REMOVED", path, pos, "Description was removed from %s %q", what, path)
	default:
		c.add(Safe, kind+"_DESCRIPTION_CHANGED", path, pos, "Description of %s %q has changed", what, path)
	}
}

func (c *comparison) enum(before, after *ast.Definition) {
	for _, v := range before.EnumValues {
		now := after.EnumValues.ForName(v.Name)
		path := before.Name + "." + v.Name
		if now == nil {
			c.add(Breaking, "ENUM_VALUE_REMOVED", path, v.Position, "Enum value %q was removed from enum %q", v.Name, before.Name)
			continue
		}
		if v.Description != now.Description {
			c.add(Safe, "ENUM_VALUE_DESCRIPTION_CHANGED", path, now.Position, "Description of enum value %q has changed", path)
		}
		c.deprecation("ENUM_VALUE", "enum value", path, v.Directives, now.Directives, now.Position)
	}
	for _, v := range after.EnumValues {
		if before.EnumValues.ForName(v.Name) == nil {
			c.add(Dangerous, "ENUM_VALUE_ADDED", before.Name+"."+v.Name, v.Position, "Enum value %q was added to enum %q", v.Name, before.Name)
		}
	}
}

func (c *comparison) union(before, after *ast.Definition) {
	for _, member := range before.Types {
		if !slices.Contains(after.Types, member) {
			c.add(Breaking, "UNION_MEMBER_REMOVED", before.Name, after.Position, "Member %q was removed from Union type %q", member, before.Name)
		}
	}
	for _, member := range after.Types {
		if !slices.Contains(before.Types, member) {
			c.add(Dangerous, "UNION_MEMBER_ADDED", before.Name, after.Position, "Member %q was added to Union type %q", member, before.Name)
		}
	}
}

func (c *comparison) interfaces(before, after *ast.Definition) {
	for _, name := range before.Interfaces {
		if !slices.Contains(after.Interfaces, name) {
			c.add(Breaking, "OBJECT_TYPE_INTERFACE_REMOVED", before.Name, after.Position, "%q no longer implements interface %q", before.Name, name)
		}
	}
	for _, name := range after.Interfaces {
		if !slices.Contains(before.Interfaces, name) {
			c.add(Dangerous, "OBJECT_TYPE_INTERFACE_ADDED", before.Name, after.Position, "%q now implements interface %q", before.Name, name)
		}
	}
}

func (c *comparison) inputs(before, after *ast.Definition) {
	for _, f := range before.Fields {
		path := before.Name + "." + f.Name
		now := after.Fields.ForName(f.Name)
		if now == nil {
			c.add(Breaking, "INPUT_FIELD_REMOVED", path, f.Position, "Input field %q was removed from input object type %q", f.Name, before.Name)
			continue
		}
		c.description("INPUT_FIELD", "input field", path, f.Description, now.Description, now.Position)
		if text(f.DefaultValue) != text(now.DefaultValue) {
			c.add(Dangerous, "INPUT_FIELD_DEFAULT_VALUE_CHANGED", path, now.Position, "Input field %q default value changed from %s to %s", path, text(f.DefaultValue), text(now.DefaultValue))
		}
		if f.Type.String() != now.Type.String() {
			c.add(inputLevel(f.Type, now.Type), "INPUT_FIELD_TYPE_CHANGED", path, now.Position, "Input field %q changed type from %q to %q", path, f.Type, now.Type)
		}
	}
	for _, f := range after.Fields {
		if before.Fields.ForName(f.Name) != nil {
			continue
		}
		level := Dangerous
		switch {
		case f.DefaultValue != nil:
			level = Safe
		case f.Type.NonNull:
			level = Breaking
		}
		c.add(level, "INPUT_FIELD_ADDED", before.Name+"."+f.Name, f.Position, "Input field %q of type %q was added to input object type %q", f.Name, f.Type, before.Name)
	}
}

func text(v *ast.Value) string {
	if v == nil {
		return "undefined"
	}
	return v.String()
}

func inputLevel(before, after *ast.Type) Level {
	if wider(before, after) {
		return Safe
	}
	return Breaking
}

// wider says whether an input of the second type takes every value of the first.
func wider(before, after *ast.Type) bool {
	if after.NonNull && !before.NonNull {
		return false
	}
	if before.Elem != nil || after.Elem != nil {
		return before.Elem != nil && after.Elem != nil && wider(before.Elem, after.Elem)
	}
	return before.NamedType == after.NamedType
}
