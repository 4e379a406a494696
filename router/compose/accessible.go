package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// someAccessibleChild: a type that clients see has something that they see.
func someAccessibleChild(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		what, all := "", 0
		count := func(word string, m *marks) {
			what = word
			if !m.inaccessible {
				all++
			}
		}
		for _, f := range t.fields {
			count("fields", &f.marks)
		}
		for _, i := range t.inputs {
			count("fields", &i.marks)
		}
		for _, v := range t.values {
			count("values", &v.marks)
		}
		if what != "" && all == 0 && !t.inaccessible {
			errs = append(errs, Error{Code: "ONLY_INACCESSIBLE_CHILDREN", Locations: t.locations(),
				Message:    fmt.Sprintf("Type %q is in the API schema but all of its %s are @inaccessible.", t.name, what),
				Suggestion: fmt.Sprintf("Mark %s itself with @inaccessible.", t.name)})
		}
	}
	return errs
}

// referencesAccessible: what clients see names no type that they do not see.
func referencesAccessible(super *supergraph) Errors {
	var errs Errors
	check := func(typ *ast.Type, coordinate string, where []Location) {
		if t := super.byName[typ.Name()]; t != nil && t.inaccessible {
			errs = append(errs, Error{Code: "REFERENCED_INACCESSIBLE", Locations: append(where, t.locations()...),
				Message:    fmt.Sprintf("Type %q is @inaccessible but is referenced by %q, which is in the API schema.", t.name, coordinate),
				Suggestion: fmt.Sprintf("Mark %s with @inaccessible as well.", coordinate)})
		}
	}
	for _, t := range super.types {
		if t.inaccessible {
			continue
		}
		for _, f := range t.fields {
			f.eachAccessible(check)
		}
		for _, i := range t.inputs {
			if !i.inaccessible && i.everywhere {
				check(i.typ, t.name+"."+i.name, i.locations())
			}
		}
	}
	super.eachDirectiveArgument(func(a *mergedInput, coordinate string) {
		if !a.inaccessible {
			check(a.typ, coordinate, a.locations())
		}
	})
	return errs
}

// eachAccessible gives the types of what clients see of the field.
func (f *mergedField) eachAccessible(do func(typ *ast.Type, coordinate string, where []Location)) {
	if f.inaccessible {
		return
	}
	do(f.typ, f.coordinate(), f.locations())
	for _, a := range f.args {
		if !a.inaccessible && a.everywhere {
			do(a.typ, argumentCoordinate(f, a), a.locations())
		}
	}
}

// eachDirectiveArgument visits the arguments of the directives that clients use.
func (s *supergraph) eachDirectiveArgument(visit func(a *mergedInput, coordinate string)) {
	for _, d := range s.directives {
		for _, a := range d.args {
			if d.executable {
				visit(a, directiveCoordinate(d, a))
			}
		}
	}
}

func directiveCoordinate(d *mergedDirective, a *mergedInput) string {
	return "@" + d.name + "(" + a.name + ":)"
}

func (m *mergedInput) locations() []Location {
	list := make([]Location, len(m.parts))
	for i, p := range m.parts {
		list[i] = p.sub.at(p.pos)
	}
	return list
}

// requiredAccessible: what clients must give, they see.
func requiredAccessible(super *supergraph) Errors {
	var errs Errors
	check := func(m *mergedInput, format, coordinate string) {
		if m.inaccessible && m.typ.NonNull && m.value == nil {
			errs = append(errs, Error{Code: "REQUIRED_INACCESSIBLE", Message: fmt.Sprintf(format, coordinate), Locations: m.locations(),
				Suggestion: "Make it nullable or give it a default value."})
		}
	}
	for _, t := range super.types {
		if t.inaccessible {
			continue
		}
		for _, i := range t.inputs {
			check(i, "Input field %q is @inaccessible but is a required input field of its type.", t.name+"."+i.name)
		}
		for _, f := range t.fields {
			for _, a := range f.args {
				if !f.inaccessible {
					check(a, "Argument %q is @inaccessible but is a required argument of its field.", argumentCoordinate(f, a))
				}
			}
		}
	}
	super.eachDirectiveArgument(func(a *mergedInput, coordinate string) {
		check(a, "Argument %q is @inaccessible but is a required argument of its directive.", coordinate)
	})
	return errs
}

// defaultsAccessible: a default value that clients see uses nothing that they do
// not see.
func defaultsAccessible(super *supergraph) Errors {
	var errs Errors
	check := func(m *mergedInput, coordinate string) {
		value := m.mergedDefault()
		if m.inaccessible || !m.everywhere || value == nil {
			return
		}
		if hidden := super.hiddenIn(m.typ.Name(), value); hidden != "" {
			errs = append(errs, Error{Code: "DEFAULT_VALUE_USES_INACCESSIBLE", Locations: m.locations(),
				Message: fmt.Sprintf("%s is @inaccessible but is used in the default value of %q, which is in the API schema.", hidden, coordinate)})
		}
	}
	for _, t := range super.types {
		if t.inaccessible {
			continue
		}
		for _, i := range t.inputs {
			check(i, t.name+"."+i.name)
		}
		for _, f := range t.fields {
			for _, a := range f.args {
				if !f.inaccessible {
					check(a, argumentCoordinate(f, a))
				}
			}
		}
	}
	super.eachDirectiveArgument(check)
	return errs
}

// hiddenIn names the first inaccessible thing that a value of a type uses.
func (s *supergraph) hiddenIn(typeName string, v *ast.Value) string {
	t := s.byName[typeName]
	if t == nil || v == nil {
		return ""
	}
	if v.Kind == ast.ListValue {
		for _, child := range v.Children {
			if hidden := s.hiddenIn(typeName, child.Value); hidden != "" {
				return hidden
			}
		}
		return ""
	}
	if t.kind == ast.Enum {
		i := slices.IndexFunc(t.values, func(value *mergedValue) bool { return value.name == v.Raw })
		if t.inaccessible || i >= 0 && t.values[i].inaccessible {
			return fmt.Sprintf("Enum value \"%s.%s\"", t.name, v.Raw)
		}
	}
	if t.kind == ast.InputObject && v.Kind == ast.ObjectValue {
		return s.hiddenInObject(t, v)
	}
	return ""
}

func (s *supergraph) hiddenInObject(t *mergedType, v *ast.Value) string {
	for _, child := range v.Children {
		i := slices.IndexFunc(t.inputs, func(m *mergedInput) bool { return m.name == child.Name })
		if i < 0 {
			continue
		}
		if t.inputs[i].inaccessible {
			return fmt.Sprintf("Input field \"%s.%s\"", t.name, child.Name)
		}
		if hidden := s.hiddenIn(t.inputs[i].typ.Name(), child.Value); hidden != "" {
			return hidden
		}
	}
	return ""
}

// implementationsAccessible: a field that clients see in an interface, they see
// in its types.
func implementationsAccessible(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object || t.inaccessible {
			continue
		}
		for _, name := range t.interfaces {
			i := super.byName[name]
			if i == nil || i.inaccessible {
				continue
			}
			for _, f := range t.fields {
				above := i.field(f.name)
				if f.inaccessible && above != nil && !above.inaccessible {
					errs = append(errs, Error{Code: "IMPLEMENTED_BY_INACCESSIBLE", Locations: append(f.locations(), above.locations()...),
						Message:    fmt.Sprintf("Field %q is @inaccessible but implements the interface field %q, which is in the API schema.", f.coordinate(), above.coordinate()),
						Suggestion: fmt.Sprintf("Mark %s with @inaccessible as well.", above.coordinate())})
				}
			}
		}
	}
	return errs
}
