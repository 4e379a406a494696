package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// costs: Federation, "@cost".
func costs(s *subgraph) Errors {
	r := report{sub: s}
	s.each("cost", func(a application) {
		if a.source != nil && a.source.Kind == ast.Interface && a.def != nil {
			r.add("COST_APPLIED_TO_INTERFACE_FIELD", a.Position, "@%s cannot be applied to interface %q.", a.Name, a.coordinate).
				suggest("Put @%s on the types that implement %s.", a.Name, a.typ.name)
		}
	})
	return r.errs
}

// listSizes: Federation, "@listSize".
func listSizes(s *subgraph) Errors {
	r := report{sub: s}
	s.each("listSize", func(a application) {
		if a.def == nil || a.field == nil || !listSizeArguments(&r, a) {
			return
		}
		size := readListSize(a.Directive)
		if strings.HasPrefix(size.assumed, "-") {
			r.add("LIST_SIZE_INVALID_ASSUMED_SIZE", a.Position, "%q has a negative @listSize(assumedSize:).", a.coordinate)
			return
		}
		if len(size.sized) == 0 && a.def.Type.Elem == nil {
			r.add("LIST_SIZE_INVALID_SIZED_FIELD", a.Position, "%q is not a list.", a.coordinate).suggest("Add the argument sizedFields to @%s.", a.Name)
			return
		}
		if sizedFields(&r, a, size) {
			slicingArguments(&r, a, size)
		}
	})
	return r.errs
}

// listSizeArguments checks the kinds of the values.
func listSizeArguments(r *report, a application) bool {
	strings := func(v *ast.Value) bool {
		return v.Kind == ast.ListValue && !slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool { return c.Value.Kind != ast.StringValue })
	}
	for _, arg := range a.Arguments {
		v := arg.Value
		switch {
		case arg.Name == "assumedSize" && v.Kind != ast.IntValue:
			r.add("LIST_SIZE_INVALID_ASSUMED_SIZE", arg.Position, "The value of @listSize(assumedSize:) on %q must be an integer.", a.coordinate)
		case arg.Name == "slicingArguments" && !strings(v):
			r.add("LIST_SIZE_INVALID_SLICING_ARGUMENT", arg.Position, "The value of @listSize(slicingArguments:) on %q must be a list of strings.", a.coordinate)
		case arg.Name == "sizedFields" && !strings(v):
			r.add("LIST_SIZE_INVALID_SIZED_FIELD", arg.Position, "The value of @listSize(sizedFields:) on %q must be a list of strings.", a.coordinate)
		case arg.Name == "requireOneSlicingArgument" && v.Kind != ast.BooleanValue:
			r.add("LIST_SIZE_INVALID_REQUIRE_ONE_SLICING_ARGUMENT", arg.Position, "The value of @listSize(requireOneSlicingArgument:) on %q must be a boolean.", a.coordinate)
		default:
			continue
		}
		return false
	}
	return true
}

func sizedFields(r *report, a application, size *listSize) bool {
	if len(size.sized) == 0 {
		return true
	}
	target := r.sub.byName[a.def.Type.Name()]
	if target == nil || target.kind != ast.Object && target.kind != ast.Interface {
		r.add("LIST_SIZE_INVALID_SIZED_FIELD", a.Position, "%q has @listSize(sizedFields:) applied, but its type is not a composite type.", a.coordinate)
		return false
	}
	ok := true
	for _, name := range size.sized {
		f := target.field(name)
		switch {
		case f == nil:
			r.add("LIST_SIZE_INVALID_SIZED_FIELD", a.Position, "%q references %q field in @listSize(sizedFields:) argument that does not exist.", a.coordinate, name)
		case f.typ.Elem == nil:
			r.add("LIST_SIZE_APPLIED_TO_NON_LIST", a.Position, "%q references %q field in @listSize(sizedFields:) argument that is not a list.", a.coordinate, name)
		default:
			continue
		}
		ok = false
	}
	return ok
}

func slicingArguments(r *report, a application, size *listSize) {
	for _, name := range size.slicing {
		arg := a.def.Arguments.ForName(name)
		if arg == nil {
			r.add("LIST_SIZE_INVALID_SLICING_ARGUMENT", a.Position, "%q references %q argument in @listSize(slicingArguments:) that does not exist.", a.coordinate, name)
		} else if arg.Type.NamedType != "Int" {
			r.add("LIST_SIZE_INVALID_SLICING_ARGUMENT", a.Position, "%q references %q argument in @listSize(slicingArguments:) that is not an integer.", a.coordinate, name)
		}
	}
}

// slicingArgumentsEverywhere keeps the slicing arguments that every subgraph
// with the field has; none left is an error.
func slicingArgumentsEverywhere(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		for _, f := range t.fields {
			if f.fromInterface != nil || f.listSize == nil || len(f.listSize.slicing) == 0 {
				continue
			}
			f.listSize.slicing = slices.DeleteFunc(slices.Clone(f.listSize.slicing), func(name string) bool {
				return !slices.ContainsFunc(f.args, func(a *mergedInput) bool { return a.name == name && a.everywhere })
			})
			if len(f.listSize.slicing) == 0 {
				errs = append(errs, Error{Code: "LIST_SIZE_INVALID_SLICING_ARGUMENT", Locations: f.locations(),
					Message: "All arguments for @listSize(slicingArguments:) on field \"" + f.coordinate() + "\" were disregarded: a valid argument is defined in every subgraph where the field exists."})
			}
		}
	}
	return errs
}

// locations are where the field is in each subgraph.
func (f *mergedField) locations() []Location {
	list := make([]Location, len(f.parts))
	for i, p := range f.parts {
		list[i] = p.at()
	}
	return list
}

// locations are where the type is in each subgraph.
func (t *mergedType) locations() []Location {
	list := make([]Location, len(t.parts))
	for i, p := range t.parts {
		list[i] = p.at()
	}
	return list
}
