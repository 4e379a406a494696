package differential_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Where subgraphs are down, what an answer must have is not one thing: it
// depends on the plan. It lies between two answers of graphql-js, which are the
// one where nothing fails, and the one where every field fails that may need a
// subgraph that is down.

// doubtful are the fields, as Type.field, that may need one of the subgraphs.
func (k *knowledge) doubtful(down []string) []string {
	var found []string
	for _, name := range sortedNames(k.types) {
		for _, field := range sortedNames(k.types[name].fields) {
			if !k.sure(k.types[name], field, down) {
				found = append(found, name+"."+field)
			}
		}
	}
	return found
}

// sure tells whether a field needs none of the subgraphs that are down, however
// it is planned.
func (k *knowledge) sure(t *known, field string, down []string) bool {
	definitions := t.fields[field]
	if k.standsIn(definitions, down) || labelled(definitions) || definitions[0].takesContext() {
		return false
	}
	local := !k.schemas[definitions[0].subgraph].Types[definitions[0].field.Type.Name()].IsCompositeType()
	for _, r := range k.having(t, down) {
		has := slices.ContainsFunc(definitions, func(d definition) bool { return d.subgraph == r && k.owns(t, field, d) })
		local = local && has
	}
	if local && (t.name != "Query" && t.name != "Mutation" || !slices.ContainsFunc(definitions, func(d definition) bool { return slices.Contains(down, d.subgraph) })) {
		return true
	}
	for _, d := range definitions {
		if slices.Contains(down, d.subgraph) {
			return false
		}
	}
	if t.name == "Query" || t.name == "Mutation" {
		return true
	}
	for _, d := range definitions {
		if d.field.Directives.ForName("requires") != nil || k.owns(t, field, d) && !k.reached(t, d, down) {
			return false
		}
	}
	return true
}

// labelled tells whether a label decides which subgraph is asked for a field.
func labelled(definitions []definition) bool {
	return slices.ContainsFunc(definitions, func(d definition) bool {
		override := d.field.Directives.ForName("override")
		return override != nil && override.Arguments.ForName("label") != nil
	})
}

// takesContext tells whether an argument comes from an object above.
func (d definition) takesContext() bool {
	return slices.ContainsFunc(d.field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Directives.ForName("fromContext") != nil })
}

// standsIn tells whether the field leads to objects of which only an interface
// is known until a subgraph is asked that is down.
func (k *knowledge) standsIn(definitions []definition, down []string) bool {
	for _, d := range definitions {
		for _, name := range k.concrete([]definition{d}) {
			if k.types[name] == nil {
				continue // a leaf
			}
			for _, i := range k.types[name].interfaces {
				for _, sub := range down {
					if def := k.schemas[sub].Types[i]; def != nil && def.Kind == ast.Interface {
						return true
					}
				}
			}
		}
	}
	return false
}

// having are the subgraphs that are up and have objects of the type.
func (k *knowledge) having(t *known, down []string) []string {
	var found []string
	for _, name := range k.names {
		if slices.Contains(down, name) {
			continue
		}
		if k.schemas[name].Types[t.name] != nil || slices.ContainsFunc(t.interfaces, func(i string) bool { return k.schemas[name].Types[i] != nil }) {
			found = append(found, name)
		}
	}
	return found
}

// owns tells whether a definition is one that resolves the field by itself.
func (k *knowledge) owns(t *known, field string, d definition) bool {
	if d.field.Directives.ForName("requires") != nil {
		return false
	}
	if d.field.Directives.ForName("external") != nil {
		return t.keys[field]
	}
	for _, other := range t.fields[field] {
		if from := other.field.Directives.ForName("override"); from != nil && from.Arguments.ForName("from").Value.Raw == d.subgraph {
			return false
		}
	}
	return true
}

// reached tells whether every subgraph that is up has a key by which it finds
// the objects of the type in that of the definition.
func (k *knowledge) reached(t *known, d definition, down []string) bool {
	there := k.schemas[d.subgraph].Types[t.name]
	if there == nil {
		return false // an interface object's field: its objects are learnt elsewhere
	}
	if slices.ContainsFunc(there.Fields, func(f *ast.FieldDefinition) bool { return f.Directives.ForName("requires") != nil }) {
		return false // it may be fetched along with one that needs more than a key
	}
	for _, r := range k.having(t, down) {
		here := k.schemas[r].Types[t.name]
		if r == d.subgraph {
			continue
		}
		if here == nil || !slices.ContainsFunc(there.Directives.ForNames("key"), func(key *ast.Directive) bool {
			return resolvable(key) && hasAll(here, key.Arguments.ForName("fields").Value.Raw)
		}) {
			return false
		}
	}
	return true
}

func resolvable(key *ast.Directive) bool {
	a := key.Arguments.ForName("resolvable")
	return a == nil || a.Value.Raw != "false"
}

// hasAll tells whether a type says that the fields are a key of its own.
func hasAll(def *ast.Definition, set string) bool {
	return slices.ContainsFunc(def.Directives.ForNames("key"), func(key *ast.Directive) bool {
		return strings.Join(strings.Fields(key.Arguments.ForName("fields").Value.Raw), " ") == strings.Join(strings.Fields(set), " ")
	})
}

// outside tells how an answer lies outside its bounds; empty for not at all.
func outside(got, least, most answer) string {
	if got.Invalid != nil || most.Invalid != nil {
		return difference(got, most)
	}
	ours := readOrdered(got.Data)
	if where := above(ours, readOrdered(most.Data), "data"); where != "" {
		return fmt.Sprintf("more than there is: %s\nours: %s\nmost: %s\nour errors: %v", where, compact(got.Data), compact(most.Data), got.Errors)
	}
	if where := above(readOrdered(least.Data), ours, "data"); where != "" {
		return fmt.Sprintf("less than there must be: %s\nours:  %s\nleast: %s\nmost:  %s\nour errors: %v", where, compact(got.Data), compact(least.Data), compact(most.Data), got.Errors)
	}
	if len(got.Errors) == 0 && firstDifference(ours, readOrdered(most.Data), "data") != "" {
		return fmt.Sprintf("silent: something is missing without an error\nours: %s\nmost: %s", compact(got.Data), compact(most.Data))
	}
	return ""
}

// above is the first place where a value has more than another that may be null
// in more places; empty for none.
func above(less, more any, path string) string {
	if less == nil {
		return ""
	}
	switch l := less.(type) {
	case members:
		m, ok := more.(members)
		if !ok || len(l) != len(m) {
			break
		}
		for i := range l {
			if l[i].key != m[i].key {
				return path + ": other members"
			}
			if where := above(l[i].value, m[i].value, path+"."+l[i].key); where != "" {
				return where
			}
		}
		return ""
	case []any:
		m, ok := more.([]any)
		if !ok || len(l) != len(m) {
			break
		}
		for i := range l {
			if where := above(l[i], m[i], fmt.Sprintf("%s[%d]", path, i)); where != "" {
				return where
			}
		}
		return ""
	default:
		switch more.(type) {
		case members, []any:
		default:
			if less == more {
				return ""
			}
		}
	}
	return fmt.Sprintf("%s: %v, %v", path, less, more)
}
