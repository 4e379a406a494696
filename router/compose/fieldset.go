package compose

import (
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// fieldSetCheck looks at the field set of one @key, @requires or @provides.
type fieldSetCheck struct {
	*report
	directive    string // as the schema calls it
	prefix       string // of the codes: KEY, REQUIRES, PROVIDES
	on           string // `type "T"` or `field "T.f"`
	printed      string // the argument as written
	pos          *ast.Position
	arguments    bool // fields may have arguments
	abstract     bool // fields may be lists, interfaces or unions
	external     bool // leaves must be external
	unknownField string
}

func (c *fieldSetCheck) refuse(code, format string, args ...any) *note {
	return c.add(code, c.pos, "On "+c.on+", for @"+c.directive+"(fields: "+c.printed+"): "+format, args...)
}

// start reads the argument and refuses what is no field set.
func (c *fieldSetCheck) start(a application, listAllowed bool) (federation.FieldSet, bool) {
	arg := a.Arguments.ForName("fields")
	if arg == nil {
		return nil, false
	}
	c.directive, c.printed, c.pos = a.Name, printValue(arg.Value), arg.Value.Position
	text, ok := fieldsArgument(a.Directive)
	if !ok || arg.Value.Kind == ast.ListValue && !listAllowed {
		c.refuse(c.prefix+"_INVALID_FIELDS_TYPE", "Invalid value for argument \"fields\": must be a string.")
		return nil, false
	}
	set, err := federation.ParseFieldSet(text)
	if err != nil || len(set) == 0 {
		message := "the field set is empty."
		if err != nil {
			message = errorText(err)
		}
		c.refuse(c.prefix+"_INVALID_FIELDS", "%s", message)
		return nil, false
	}
	return set, true
}

// check looks at a selection on a type. inExternal says whether a field further
// out is external, which makes everything in it so.
func (c *fieldSetCheck) check(t *typeDef, set federation.FieldSet, inExternal bool) {
	for _, selection := range set {
		if selection.Directive != "" {
			c.directiveIn(selection.Directive)
		}
		if selection.Alias != "" {
			c.refuse(c.prefix+"_INVALID_FIELDS", "cannot use alias %q: aliases are not allowed in a field set.", selection.Alias+": "+selection.Field)
		}
		switch {
		case selection.Field == "__typename":
		case selection.Field != "":
			c.field(t, selection, inExternal)
		case selection.On == "":
			c.check(t, selection.Fields, inExternal)
		default:
			if on := c.sub.byName[selection.On]; on == nil {
				c.refuse(c.prefix+"_INVALID_FIELDS", "Unknown type %q in a fragment.", selection.On)
			} else if on.kind == ast.Object || on.kind == ast.Interface {
				c.check(on, selection.Fields, inExternal)
			}
		}
	}
}

func (c *fieldSetCheck) directiveIn(name string) {
	if c.sub.signatures()[name] == nil {
		c.refuse(c.prefix+"_INVALID_FIELDS", "Unknown directive %q.", "@"+name)
		return
	}
	c.refuse(c.prefix+"_DIRECTIVE_IN_FIELDS_ARG", "cannot have directive applications in the @%s(fields:) argument but found @%s.", c.directive, name)
}

func (c *fieldSetCheck) field(t *typeDef, selection federation.Selection, inExternal bool) {
	f := t.field(selection.Field)
	if f == nil {
		c.unknown(t, selection.Field)
		return
	}
	if len(f.args) > 0 && !c.arguments {
		c.refuse(c.prefix+"_FIELDS_HAS_ARGS", "field %s cannot be included because it has arguments (fields with arguments are not allowed in @%s).", f.coordinate(), c.directive)
		return
	}
	target := c.sub.byName[f.typ.Name()]
	if _, known := c.sub.kindOf(f.def.Type.Name()); !known {
		return
	}
	composite := target != nil && (target.kind == ast.Object || target.kind == ast.Interface || target.kind == ast.Union)
	if !c.abstract && !c.selectable(f, target) {
		return
	}
	switch {
	case composite && len(selection.Fields) == 0:
		c.refuse(c.prefix+"_INVALID_FIELDS", "field %q of type %q must have a selection of subfields.", f.coordinate(), f.typ)
	case !composite && len(selection.Fields) > 0:
		c.refuse(c.prefix+"_INVALID_FIELDS", "field %q of type %q is a leaf and has no subfields.", f.coordinate(), f.typ)
	case composite:
		c.inner(target, selection.Fields, inExternal || f.external)
	case c.external && !inExternal && !c.countsAsExternal(f):
		c.missingExternal(f)
	}
}

// inner checks a selection on the type of a field; on a union, the selection is
// looked at from the outside, where only fragments and __typename may stand.
func (c *fieldSetCheck) inner(target *typeDef, set federation.FieldSet, inExternal bool) {
	if target.kind != ast.Union {
		c.check(target, set, inExternal)
		return
	}
	for _, selection := range set {
		if selection.Field == "" || selection.Field == "__typename" {
			c.check(target, federation.FieldSet{selection}, inExternal)
			continue
		}
		for _, name := range target.members {
			if m := c.sub.byName[name]; m != nil {
				c.check(m, federation.FieldSet{selection}, inExternal)
			}
		}
	}
}

func (c *fieldSetCheck) unknown(t *typeDef, name string) {
	e := c.refuse(c.prefix+"_INVALID_FIELDS", "Cannot query field %q on type %q (%s).", name, t.name, c.unknownField)
	var candidates []string
	for _, f := range t.fields {
		candidates = append(candidates, f.name)
	}
	if guess, ok := closest(name, candidates); ok {
		e.suggest("Did you mean %q?", guess)
	} else {
		e.suggest("Add %s to %s, with @external if another subgraph resolves it.", name, t.name)
	}
}

// selectable: the fields of a key are neither lists nor abstract.
func (c *fieldSetCheck) selectable(f *field, target *typeDef) bool {
	var what string
	switch {
	case f.typ.Elem != nil && c.sub.version.Major > 1:
		what = "List"
	case target != nil && target.kind == ast.Interface:
		what = "Interface"
	case target != nil && target.kind == ast.Union:
		what = "Union"
	default:
		return true
	}
	c.refuse(c.prefix+"_FIELDS_SELECT_INVALID_TYPE", "field %q is a %s type which is not allowed in @key.", f.coordinate(), what)
	return false
}

// countsAsExternal says whether the subgraph does not resolve the field itself.
// The keys of an extension it does, in spite of their directive.
func (c *fieldSetCheck) countsAsExternal(f *field) bool {
	if !f.external {
		return c.sub.version.Major == 1
	}
	return c.sub.version.Major == 1 || c.prefix != "PROVIDES" || !f.usedAsKey || !f.owner.isExtension()
}

// isExtension says whether the type has no definition of its own here.
func (t *typeDef) isExtension() bool { return t.extends || !t.defined }

func (c *fieldSetCheck) missingExternal(f *field) {
	why := "it is not marked @external"
	if f.external {
		why = "it is a @key field of an extension type, which is never external"
	}
	c.refuse(c.prefix+"_FIELDS_MISSING_EXTERNAL", "field %q should not be part of a @%s since it is already provided by this subgraph (%s).", f.coordinate(), c.directive, why).
		suggest("Mark %s with @external, or take it out of @%s.", f.coordinate(), c.directive)
}
