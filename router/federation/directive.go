package federation

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Definition is what the specification says of one directive.
type Definition struct {
	Name            string
	Since           Version // the first version of Federation 2 that has it
	InV1            bool    // Federation 1 has it as well
	Repeatable      bool
	RepeatableSince Version // set where it became repeatable later than Since
	Arguments       []Argument
	Locations       []ast.DirectiveLocation
}

// Argument is one argument of a directive.
type Argument struct {
	Name    string
	Type    string  // FieldSet, Scope, Policy and ContextFieldValue are types of the specification
	Default string  // empty for none
	Since   Version // set where it came later than its directive
}

// In says whether a version of the specification has the directive.
func (d *Definition) In(v Version) bool {
	if v == V1 {
		return d.InV1
	}
	return v.AtLeast(d.Since)
}

// ArgumentsIn are the arguments that a version of the specification has.
func (d *Definition) ArgumentsIn(v Version) []Argument {
	return slices.DeleteFunc(slices.Clone(d.Arguments), func(a Argument) bool {
		return a.Since != Version{} && !v.AtLeast(a.Since)
	})
}

// RepeatableIn says whether the directive may stand twice in one place.
func (d *Definition) RepeatableIn(v Version) bool {
	if d.RepeatableSince != (Version{}) {
		return v.AtLeast(d.RepeatableSince)
	}
	return d.Repeatable
}

// Directives is the whole vocabulary, in alphabetical order.
var Directives = []*Definition{
	&authenticated, &composeDirective, &contextDirective, &cost, &extends, &external, &fromContext,
	&inaccessible, &interfaceObject, &key, &listSize, &override, &policy, &provides,
	&requires, &requiresScopes, &shareable, &tag,
}

// Directive finds a directive of the specification by its name without @.
func Directive(name string) *Definition {
	for _, d := range Directives {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// Type is a scalar of the specification.
type Type struct {
	Name  string
	Since Version
}

// Types are the scalars that the arguments of the directives have.
var Types = []Type{
	{"FieldSet", V20}, {"Scope", V25}, {"Policy", V26}, {"ContextFieldValue", V28},
}

// StringArgument reads a string argument of a directive.
func StringArgument(d *ast.Directive, name string) (value string, ok bool) {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value == nil || (arg.Value.Kind != ast.StringValue && arg.Value.Kind != ast.BlockValue) {
		return "", false
	}
	return arg.Value.Raw, true
}

// BoolArgument reads a boolean argument of a directive, or its default.
func BoolArgument(d *ast.Directive, name string, missing bool) bool {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value == nil || arg.Value.Kind != ast.BooleanValue {
		return missing
	}
	return arg.Value.Raw == "true"
}

// Groups reads an argument that is a list of lists of strings, as scopes and
// policies are: any of the outer, all of the inner.
func Groups(d *ast.Directive, name string) [][]string {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value == nil {
		return nil
	}
	if arg.Value.Kind != ast.ListValue {
		return [][]string{{arg.Value.Raw}}
	}
	groups := make([][]string, 0, len(arg.Value.Children))
	for _, outer := range arg.Value.Children {
		if outer.Value.Kind != ast.ListValue {
			groups = append(groups, []string{outer.Value.Raw})
			continue
		}
		group := make([]string, 0, len(outer.Value.Children))
		for _, inner := range outer.Value.Children {
			group = append(group, inner.Value.Raw)
		}
		groups = append(groups, group)
	}
	return groups
}
