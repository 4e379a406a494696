package compose

import (
	"regexp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

var contextName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)

// contexts: Federation, "@context": names are plain words.
func contexts(s *subgraph) Errors {
	r := report{sub: s}
	s.each("context", func(a application) {
		if name, ok := federation.StringArgument(a.Directive, "name"); ok && a.typ != nil && !contextName.MatchString(name) {
			r.add("CONTEXT_NAME_INVALID", a.Position, "Context name %q is invalid: it should have only letters and digits, and start with a letter.", name)
		}
	})
	return r.errs
}

// fromContexts: Federation, "@fromContext".
func fromContexts(s *subgraph) Errors {
	r := report{sub: s}
	owners := map[string][]*typeDef{}
	for _, t := range s.types {
		for _, name := range t.contexts {
			owners[name] = append(owners[name], t)
		}
	}
	s.each("fromContext", func(a application) {
		if a.input == nil {
			return
		}
		if a.typ == nil {
			r.add("CONTEXT_NOT_SET", a.Position, "@%s argument cannot be used on a directive definition %q.", a.Name, a.coordinate)
			return
		}
		if a.source.Kind != ast.Object {
			r.add("CONTEXT_NOT_SET", a.Position, "@%s argument cannot be used on a field that exists on an abstract type %q.", a.Name, a.coordinate)
			return
		}
		s.contextualArgument(&r, a)
		text, ok := federation.StringArgument(a.Directive, "field")
		if !ok {
			return
		}
		reference := readContextReference(text)
		if reference == nil {
			r.add("NO_CONTEXT_IN_SELECTION", a.Position, "@%s argument does not reference a context %q.", a.Name, text).suggest(`Write "$context { field }".`)
			return
		}
		if len(owners[reference.context]) == 0 {
			r.add("CONTEXT_NOT_SET", a.Position, "Context %q is used at location %q but is never set.", reference.context, a.coordinate).
				suggest(`Add @context(name: %q) to a type above %s.`, reference.context, a.typ.name)
			return
		}
		c := contextCheck{report: &r, application: a, context: reference.context}
		c.selection(reference.selection, owners[reference.context])
		if !slices.ContainsFunc(a.typ.keys, func(k key) bool { return k.resolvable }) {
			r.add("CONTEXT_NO_RESOLVABLE_KEY", a.Position, "Object %q has no resolvable key but has a field with a contextual argument.", a.typ.name).
				suggest("Add a @key to %s.", a.typ.name)
		}
	})
	return r.errs
}

func (s *subgraph) contextualArgument(r *report, a application) {
	for _, name := range a.typ.interfaces {
		if i := s.byName[name]; i != nil && i.kind == ast.Interface && !i.interfaceObject && i.field(a.def.Name) != nil {
			r.add("CONTEXT_NOT_SET", a.Position, "@%s argument cannot be used on a field implementing an interface field %q.", a.Name, name+"."+a.def.Name)
		}
	}
	if a.input.DefaultValue != nil {
		r.add("CONTEXT_NOT_SET", a.Position, "@%s arguments may not have a default value: %q.", a.Name, a.coordinate)
	}
}

// contextCheck looks at what one @fromContext selects.
type contextCheck struct {
	*report
	application
	context string
}

func (c *contextCheck) invalid(format string, args ...any) {
	c.add("CONTEXT_INVALID_SELECTION", c.Position, "Context %q is used in %q but the selection is invalid: "+format, append([]any{c.context, c.coordinate}, args...)...)
}

// selection: one field, or one fragment for each type that may stand there.
func (c *contextCheck) selection(text string, owners []*typeDef) {
	set, err := federation.ParseFieldSet(text)
	if err != nil || len(set) == 0 {
		c.invalid("no selection is made")
		return
	}
	if reason := contextSyntax(set); reason != "" {
		c.invalid("%s", reason)
		return
	}
	if set[0].Field != "" {
		if len(set) > 1 {
			c.invalid("multiple selections are made")
			return
		}
		for _, owner := range owners {
			if !c.matches(owner, set) {
				return
			}
		}
		return
	}
	c.branches(set, owners)
}

// contextSyntax tells what a contextual selection may not have.
func contextSyntax(set federation.FieldSet) string {
	reason := ""
	set.Walk(func(s federation.Selection) {
		switch {
		case reason != "":
		case s.Alias != "":
			reason = "aliases are not allowed in the selection"
		case s.Directive != "":
			reason = "directives are not allowed in the selection"
		}
	})
	if reason != "" || set[0].Field != "" {
		return reason
	}
	seen := map[string]bool{}
	for _, s := range set {
		switch {
		case s.Field != "":
			return "multiple fields could be selected"
		case s.On == "":
			return "inline fragments must have type conditions"
		case seen[s.On]:
			return "type conditions have same name"
		}
		seen[s.On] = true
	}
	return ""
}

// branches checks a selection by type condition.
func (c *contextCheck) branches(set federation.FieldSet, owners []*typeDef) {
	used := map[string]bool{}
	for _, owner := range owners {
		runtime := c.sub.possibleTypes(owner)
		applies := false
		for _, branch := range set {
			if !slices.Contains(runtime, branch.On) {
				continue
			}
			applies, used[branch.On] = true, true
			if !c.matches(c.sub.byName[branch.On], branch.Fields) {
				return
			}
		}
		if !applies {
			c.invalid("no type condition matches the location %q", owner.name)
			return
		}
	}
	for _, branch := range set {
		if !used[branch.On] {
			c.invalid("type condition %q is never used.", branch.On)
			return
		}
	}
}

// possibleTypes are the names of the objects that a type may be.
func (s *subgraph) possibleTypes(t *typeDef) []string {
	switch t.kind {
	case ast.Union:
		return t.members
	case ast.Interface:
		var found []string
		for _, o := range s.types {
			if o.kind == ast.Object && slices.Contains(o.interfaces, t.name) {
				found = append(found, o.name)
			}
		}
		return found
	}
	return []string{t.name}
}

// matches says whether the selected value fits the argument.
func (c *contextCheck) matches(t *typeDef, set federation.FieldSet) bool {
	typ, ok := c.typeOf(t, set)
	if !ok {
		return false
	}
	if typ == nil {
		c.invalid("the type of the selection does not match the expected type %q", c.input.Type)
		return false
	}
	if !fits(typ, c.input.Type) {
		c.invalid("the type of the selection %q does not match the expected type %q", typ, c.input.Type)
		return false
	}
	return true
}

// typeOf is the type of the one value that a selection gives: nil where there is
// none. It refuses unknown fields itself.
func (c *contextCheck) typeOf(t *typeDef, set federation.FieldSet) (*ast.Type, bool) {
	if t.interfaceObject {
		c.invalid("One of the types in the selection is an interfaceObject: %q", t.name)
		return nil, false
	}
	var typ *ast.Type
	for i, selection := range set {
		next, ok := c.typeOfOne(t, selection)
		if !ok || next == nil {
			return nil, ok
		}
		if i > 0 && (!fits(typ, next) || !fits(next, typ)) {
			return nil, true
		}
		typ = next
	}
	return typ, true
}

func (c *contextCheck) typeOfOne(t *typeDef, selection federation.Selection) (*ast.Type, bool) {
	switch {
	case selection.Field == "":
		if on := c.sub.byName[selection.On]; on != nil {
			return c.typeOf(on, selection.Fields)
		}
		return nil, true
	case selection.Field == "__typename":
		return nonNull("String"), true
	case t.kind == ast.Union:
		return nil, true
	}
	f := t.field(selection.Field)
	if f == nil {
		c.add("CONTEXT_INVALID_SELECTION", c.Position, "Context %q is used in %q but the selection is invalid for type %s. Error: Cannot query field %q on type %q.", c.context, c.coordinate, t.name, selection.Field, t.name)
		return nil, false
	}
	f.used = true
	if len(selection.Fields) == 0 {
		return nullable(f.typ), true
	}
	child := c.sub.byName[f.typ.Name()]
	if child == nil {
		return nil, true
	}
	inner, ok := c.typeOf(child, selection.Fields)
	if !ok || inner == nil {
		return nil, ok
	}
	return inLists(f.typ, inner), true
}

func nullable(t *ast.Type) *ast.Type {
	return &ast.Type{NamedType: t.NamedType, Elem: t.Elem, Position: t.Position}
}

func inLists(outer, inner *ast.Type) *ast.Type {
	if outer.Elem == nil {
		return inner
	}
	return &ast.Type{Elem: inLists(outer.Elem, inner)}
}

// fits says whether a value of one type may be given where another is asked for.
func fits(value, asked *ast.Type) bool {
	if asked.NonNull && !value.NonNull {
		return false
	}
	if asked.Elem != nil || value.Elem != nil {
		return asked.Elem != nil && value.Elem != nil && fits(value.Elem, asked.Elem)
	}
	return value.NamedType == asked.NamedType
}
