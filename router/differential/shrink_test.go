package differential_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/compose"
	"heddle/router/memory"
)

// trial is a graph, data and a request, whose answer differs.
type trial struct {
	set     []compose.Subgraph
	data    memory.Data
	request request
}

// shrinker makes a trial small that still differs in the same way.
type shrinker struct {
	js    *node
	class string
	tries int
}

// shrink gives the smallest trial that it finds in a bounded number of tries.
func shrink(js *node, t trial, difference string) trial {
	s := &shrinker{js: js, class: classOf(difference), tries: 3000}
	for {
		before := s.tries
		smaller := false
		for _, pass := range []func(trial) []func() (trial, bool){queryCuts, graphCuts, dataCuts} {
			for s.tries > 0 {
				next, ok := s.first(pass(t))
				if !ok {
					break
				}
				t, smaller = next, true
			}
		}
		if !smaller || s.tries <= 0 || before == s.tries {
			return t
		}
	}
}

// first applies cuts one after the other, keeping those after which the trial
// still differs; ok tells whether any did.
func (s *shrinker) first(cuts []func() (trial, bool)) (found trial, ok bool) {
	for _, cut := range cuts {
		if s.tries <= 0 {
			break
		}
		next, possible := cut()
		if !possible {
			continue
		}
		s.tries--
		if s.differs(next) {
			return next, true
		}
	}
	return trial{}, false
}

func (s *shrinker) differs(t trial) bool {
	g, err := newGraph(t.set)
	if err != nil {
		return false
	}
	sc, err := makeScene(g, t.data)
	if err != nil || !sc.known.fits(t.data) {
		return false
	}
	for _, name := range t.request.Down {
		if sc.known.schemas[name] == nil {
			return false
		}
	}
	differences, err := sc.compare(s.js, []request{t.request})
	return err == nil && classOf(differences[0]) == s.class
}

var (
	detail = regexp.MustCompile(`(?s)error="(.*?)(, locations|\n)`)
	names  = regexp.MustCompile(`\\*"[^"]*"|\b\w*[_.$\d]\S*|\[[^\]]*\]`)
)

// classOf is the kind of a difference.
func classOf(difference string) string {
	if difference == "" {
		return ""
	}
	if found := detail.FindStringSubmatch(difference); found != nil {
		return names.ReplaceAllString(found[1], "_")
	}
	if _, invalid, found := strings.Cut(difference, "INVALID OPERATION "); found {
		invalid, _, _ = strings.Cut(invalid[strings.LastIndex(invalid, "input:"):], "\n")
		return names.ReplaceAllString(invalid, "_")
	}
	first, _, _ := strings.Cut(difference, "\n")
	kind := strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune(".:[ ", r) })[0]
	if strings.Contains(first, "ours <nil>") {
		kind += " null"
	}
	return kind
}

// fits tells whether the data are possible in the graph: references lead to
// objects that all who have the field know, and keys are there.
func (k *knowledge) fits(data memory.Data) bool {
	for _, object := range data {
		name, _ := object["__typename"].(string)
		t := k.types[name]
		if t == nil {
			continue
		}
		for field := range t.keys {
			id, reference := strings.CutPrefix(fmt.Sprint(object[field]), "@")
			if object["__only"] == nil && (object[field] == nil || reference && data[id] == nil) {
				return false
			}
		}
		for field, definitions := range t.fields {
			_, present := object[field]
			if !k.leads(data, definitions, object[field]) || t.required[field] && !present {
				return false
			}
			if (t.required[field] || t.whole || !agree(typesOf(definitions)) || t.keys[field] && object["__only"] == nil) && !whole(typesOf(definitions), object[field]) {
				return false
			}
		}
	}
	for _, root := range []string{"Query", "Mutation"} {
		if t := k.types[root]; t != nil {
			for field, definitions := range t.fields {
				if !k.leads(data, definitions, data[root][field]) {
					return false
				}
			}
		}
	}
	return true
}

// whole tells whether a value is nowhere null where one of the types forbids it.
func whole(types []*ast.Type, v any) bool {
	if v == nil {
		return !slices.ContainsFunc(types, func(t *ast.Type) bool { return t.NonNull })
	}
	list, ok := v.([]any)
	if !ok || types[0].Elem == nil {
		return true
	}
	below := make([]*ast.Type, len(types))
	for i, t := range types {
		below[i] = t.Elem
	}
	return !slices.ContainsFunc(list, func(item any) bool { return !whole(below, item) })
}

func (k *knowledge) leads(data memory.Data, definitions []definition, v any) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !k.leads(data, definitions, item) })
	case string:
		id, reference := strings.CutPrefix(v, "@")
		if !reference || !k.schemas[definitions[0].subgraph].Types[definitions[0].field.Type.Name()].IsCompositeType() {
			return true
		}
		name, _ := data[id]["__typename"].(string)
		return data[id] == nil || slices.Contains(k.concrete(definitions), name)
	}
	return true
}

// dataCuts leave out objects, fields and items of lists.
func dataCuts(t trial) []func() (trial, bool) {
	var cuts []func() (trial, bool)
	for _, id := range t.data.IDs() {
		if id != "Query" && id != "Mutation" {
			cuts = append(cuts, func() (trial, bool) {
				next := t
				next.data = maps.Clone(t.data)
				delete(next.data, id)
				return next, true
			})
		}
	}
	for _, id := range t.data.IDs() {
		for _, field := range sortedNames(t.data[id]) {
			if field == "__typename" || field == "__interface" {
				continue
			}
			change := func(v any, keep bool) func() (trial, bool) {
				return func() (trial, bool) {
					next := t
					next.data = maps.Clone(t.data)
					next.data[id] = maps.Clone(t.data[id])
					if next.data[id][field] = v; !keep {
						delete(next.data[id], field)
					}
					return next, true
				}
			}
			cuts = append(cuts, change(nil, false))
			if list, ok := t.data[id][field].([]any); ok {
				for i := range list {
					cuts = append(cuts, change(slices.Delete(slices.Clone(list), i, i+1), true))
					if inner, ok := list[i].([]any); ok {
						for j := range inner {
							smaller := slices.Clone(list)
							smaller[i] = slices.Delete(slices.Clone(inner), j, j+1)
							cuts = append(cuts, change(smaller, true))
						}
					}
				}
			}
		}
	}
	return cuts
}
