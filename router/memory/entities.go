package memory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// entities finds the objects of the representations.
func (x *run) entities(f *ast.Field, set ast.SelectionSet, path []any) any {
	args := f.ArgumentMap(x.variables)
	representations, _ := args["representations"].([]any)
	out := make([]any, len(representations))
	for i, r := range representations {
		representation, _ := r.(map[string]any)
		def := x.server.Schema.Types[fmt.Sprint(representation["__typename"])]
		if def == nil {
			x.fail(append(slices.Clone(path), i), fmt.Sprintf("INVALID REPRESENTATION %v", representation))
			continue
		}
		fields := x.find(def, representation)
		if fields == nil {
			continue
		}
		at := append(slices.Clone(path), i)
		if v, ok := x.object(set, x.own(def, fields), subject{fields: fields, representation: representation}, at); ok {
			out[i] = v
		}
	}
	return out
}

// own is the concrete type of an entity that was asked for by its interface.
func (x *run) own(def *ast.Definition, fields map[string]any) *ast.Definition {
	if def.IsAbstractType() {
		if own := x.concrete(fields); own != nil {
			return own
		}
	}
	return def
}

// find looks for the object that has all fields of one of the type's keys as the
// representation has them.
func (x *run) find(def *ast.Definition, representation map[string]any) map[string]any {
	for _, key := range def.Directives.ForNames("key") {
		set := fieldTree(key.Arguments.ForName("fields").Value.Raw)
		for _, o := range x.server.byType[def.Name] {
			if x.matches(set, o, representation) {
				return o
			}
		}
	}
	return nil
}

func (x *run) matches(set map[string]any, o, representation any) bool {
	o, representation = x.follow(o), x.follow(representation)
	if len(set) == 0 {
		return fmt.Sprint(o) == fmt.Sprint(representation)
	}
	om, ok1 := o.(map[string]any)
	rm, ok2 := representation.(map[string]any)
	if !ok1 || !ok2 {
		ol, ok3 := o.([]any)
		rl, ok4 := representation.([]any)
		if !ok3 || !ok4 || len(ol) != len(rl) {
			return false
		}
		for i := range ol {
			if !x.matches(set, ol[i], rl[i]) {
				return false
			}
		}
		return true
	}
	for name, below := range set {
		v, present := rm[name]
		if !present || !x.matches(below.(map[string]any), om[name], v) {
			return false
		}
	}
	return true
}

// provided is what a field provides of the objects that it leads to.
func provided(f *ast.Field) map[string]any {
	if d := f.Definition.Directives.ForName("provides"); d != nil {
		return fieldTree(d.Arguments.ForName("fields").Value.Raw)
	}
	return nil
}

var fragment = regexp.MustCompile(`\.\.\. *on +\w+`)

// fieldTree reads a field set into nested maps. The fields in a fragment stand
// beside those around it.
func fieldTree(set string) map[string]any {
	set = fragment.ReplaceAllString(set, " ... ")
	words := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", ",", " ").Replace(set))
	root := map[string]any{}
	stack := []map[string]any{root}
	var last map[string]any
	for _, w := range words {
		switch w {
		case "...":
			last = stack[len(stack)-1]
		case "{":
			stack = append(stack, last)
		case "}":
			stack = stack[:len(stack)-1]
		default:
			last = map[string]any{}
			stack[len(stack)-1][w] = last
		}
	}
	return root
}
