package change

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

func (c *comparison) fields(before, after *ast.Definition) {
	for _, f := range before.Fields {
		now := after.Fields.ForName(f.Name)
		if now == nil {
			c.add(Breaking, "FIELD_REMOVED", before.Name+"."+f.Name, f.Position, "Field %q was removed from %s type %q", f.Name, kindWord(before.Kind), before.Name)
			continue
		}
		c.field(before.Name+"."+f.Name, f, now)
	}
	for _, f := range after.Fields {
		if before.Fields.ForName(f.Name) == nil {
			c.add(Safe, "FIELD_ADDED", before.Name+"."+f.Name, f.Position, "Field %q was added to %s type %q", f.Name, kindWord(before.Kind), before.Name)
		}
	}
}

func kindWord(kind ast.DefinitionKind) string {
	if kind == ast.Interface {
		return "interface"
	}
	return "object"
}

func (c *comparison) field(path string, before, after *ast.FieldDefinition) {
	c.description("FIELD", "field", path, before.Description, after.Description, after.Position)
	c.deprecation("FIELD", "field", path, before.Directives, after.Directives, after.Position)
	if before.Type.String() != after.Type.String() {
		level := Breaking
		if c.narrower(before.Type, after.Type) {
			level = Safe
		}
		c.add(level, "FIELD_TYPE_CHANGED", path, after.Position, "Field %q changed type from %q to %q", path, before.Type, after.Type)
	}
	for _, a := range before.Arguments {
		if now := after.Arguments.ForName(a.Name); now != nil {
			c.argument(path, a, now)
		} else {
			c.add(Breaking, "FIELD_ARGUMENT_REMOVED", path+"."+a.Name, a.Position, "Argument \"%s: %s\" was removed from field %q", a.Name, a.Type, path)
		}
	}
	for _, a := range after.Arguments {
		if before.Arguments.ForName(a.Name) != nil {
			continue
		}
		level := Dangerous
		if a.Type.NonNull && a.DefaultValue == nil {
			level = Breaking
		}
		c.add(level, "FIELD_ARGUMENT_ADDED", path+"."+a.Name, a.Position, "Argument \"%s: %s\" added to field %q", a.Name, a.Type, path)
	}
}

func (c *comparison) argument(path string, before, after *ast.ArgumentDefinition) {
	path += "." + before.Name
	if before.Description != after.Description {
		c.add(Safe, "FIELD_ARGUMENT_DESCRIPTION_CHANGED", path, after.Position, "Description of argument %q has changed", path)
	}
	if text(before.DefaultValue) != text(after.DefaultValue) {
		c.add(Dangerous, "FIELD_ARGUMENT_DEFAULT_CHANGED", path, after.Position, "Default value of argument %q changed from %s to %s", path, text(before.DefaultValue), text(after.DefaultValue))
	}
	if before.Type.String() != after.Type.String() {
		c.add(inputLevel(before.Type, after.Type), "FIELD_ARGUMENT_TYPE_CHANGED", path, after.Position, "Type of argument %q changed from %q to %q", path, before.Type, after.Type)
	}
}

// narrower says whether every value of the second output type is one of the first.
func (c *comparison) narrower(before, after *ast.Type) bool {
	if before.NonNull && !after.NonNull {
		return false
	}
	if before.Elem != nil || after.Elem != nil {
		return before.Elem != nil && after.Elem != nil && c.narrower(before.Elem, after.Elem)
	}
	if before.NamedType == after.NamedType {
		return true
	}
	super, sub := c.now.types[before.NamedType], c.now.types[after.NamedType]
	return super != nil && sub != nil && (slices.Contains(super.Types, sub.Name) || slices.Contains(sub.Interfaces, super.Name))
}

// deprecation compares @deprecated on two versions of an element.
func (c *comparison) deprecation(kind, what, path string, before, after ast.DirectiveList, pos *ast.Position) {
	old, now := before.ForName("deprecated"), after.ForName("deprecated")
	added, removed, changed := "_DEPRECATION_ADDED", "_DEPRECATION_REMOVED", "_DEPRECATION_REASON_CHANGED"
	if kind == "ENUM_VALUE" {
		added, removed = "_DEPRECATION_REASON_ADDED", "_DEPRECATION_REASON_REMOVED"
	}
	switch {
	case old == nil && now != nil:
		c.add(Safe, kind+added, path, pos, "%s %q is deprecated: %s", title(what), path, reason(now))
	case old != nil && now == nil:
		c.add(Safe, kind+removed, path, pos, "%s %q is no longer deprecated", title(what), path)
	case old != nil && reason(old) != reason(now):
		c.add(Safe, kind+changed, path, pos, "Deprecation reason of %s %q has changed from %q to %q", what, path, reason(old), reason(now))
	}
}

func title(word string) string { return string(word[0]-'a'+'A') + word[1:] }

func reason(d *ast.Directive) string {
	if arg := d.Arguments.ForName("reason"); arg != nil {
		return arg.Value.Raw
	}
	return "No longer supported"
}

// directives compares what clients may put into their queries.
func (c *comparison) directives() {
	for _, name := range sorted(c.old.directives) {
		before, after := c.old.directives[name], c.now.directives[name]
		if after == nil {
			c.add(Breaking, "DIRECTIVE_REMOVED", "@"+name, before.Position, "Directive %q was removed", name)
			continue
		}
		c.directive(before, after)
	}
	for _, name := range sorted(c.now.directives) {
		if c.old.directives[name] == nil {
			c.add(Safe, "DIRECTIVE_ADDED", "@"+name, c.now.directives[name].Position, "Directive %q was added", name)
		}
	}
}

func (c *comparison) directive(before, after *ast.DirectiveDefinition) {
	path := "@" + before.Name
	if before.Description != after.Description {
		c.add(Safe, "DIRECTIVE_DESCRIPTION_CHANGED", path, after.Position, "Directive %q description changed", before.Name)
	}
	for _, l := range before.Locations {
		if !slices.Contains(after.Locations, l) {
			c.add(Breaking, "DIRECTIVE_LOCATION_REMOVED", path, after.Position, "Location %q was removed from directive %q", l, before.Name)
		}
	}
	for _, l := range after.Locations {
		if !slices.Contains(before.Locations, l) {
			c.add(Safe, "DIRECTIVE_LOCATION_ADDED", path, after.Position, "Location %q was added to directive %q", l, before.Name)
		}
	}
	for _, a := range before.Arguments {
		now := after.Arguments.ForName(a.Name)
		switch {
		case now == nil:
			c.add(Breaking, "DIRECTIVE_ARGUMENT_REMOVED", path+"."+a.Name, a.Position, "Argument %q was removed from directive %q", a.Name, before.Name)
		case a.Type.String() != now.Type.String():
			c.add(inputLevel(a.Type, now.Type), "DIRECTIVE_ARGUMENT_TYPE_CHANGED", path+"."+a.Name, now.Position, "Type for argument %q on directive %q changed from %q to %q", a.Name, before.Name, a.Type, now.Type)
		case text(a.DefaultValue) != text(now.DefaultValue):
			c.add(Dangerous, "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED", path+"."+a.Name, now.Position, "Default value for argument %q on directive %q changed from %s to %s", a.Name, before.Name, text(a.DefaultValue), text(now.DefaultValue))
		}
	}
	for _, a := range after.Arguments {
		if before.Arguments.ForName(a.Name) != nil {
			continue
		}
		level := Safe
		if a.Type.NonNull && a.DefaultValue == nil {
			level = Breaking
		}
		c.add(level, "DIRECTIVE_ARGUMENT_ADDED", path+"."+a.Name, a.Position, "Argument %q was added to directive %q", a.Name, before.Name)
	}
}

func sorted(m map[string]*ast.DirectiveDefinition) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
