package differential_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// tryInParts holds the parts of an answer against graphql-js: together they are
// the answer with nothing deferred, and there is one part, with its path and
// label, for each deferred fragment of each object. Where there are errors, a
// null may end elsewhere.
func (s *scene) tryInParts(t *testing.T, js *node, seed uint64, r request, tried map[string]int) {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: r.Query})
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, r.Query)
	}
	whole := r.atOnce()
	typed, _ := parser.ParseQuery(&ast.Source{Input: whole.Query})
	tellTypes(typed)
	answers, err := js.reference(s.graph.super.API, []question{
		{Data: s.data, Query: whole.Query, Variables: r.variables()}, {Data: s.data, Query: printQuery(typed), Variables: r.variables()},
	})
	if err != nil {
		t.Fatal(err)
	}
	tried["in parts"]++
	_, ask, err := s.prepare(r, true)
	if err != nil || answers[0].Invalid != nil {
		if (err == nil) != (answers[0].Invalid == nil) {
			t.Errorf("seed %d: refused: ours %v, graphql-js %q\n%s", seed, err, answers[0].Invalid, r.Query)
		}
		return
	}
	if len(answers[0].Errors) > 0 {
		tried["in parts, with errors"]++
		return
	}
	first, rest, err := ask()
	if err != nil {
		t.Errorf("seed %d: %v\n%s", seed, err, r.Query)
		return
	}
	got, parts, problem := assemble(first, rest)
	var want any
	_ = json.Unmarshal(answers[0].Data, &want)
	c := &counter{scene: s, doc: doc, variables: r.Variables}
	var data map[string]any
	_ = json.Unmarshal(answers[1].Data, &data)
	c.object(data, []ast.SelectionSet{doc.Operations[0].SelectionSet}, nil)
	slices.Sort(parts)
	slices.Sort(c.parts)
	switch {
	case problem != "":
	case !reflect.DeepEqual(got, want):
		encoded, _ := json.Marshal(got)
		problem = fmt.Sprintf("merged: %s\ngraphql-js: %s", encoded, compact(answers[0].Data))
	case !slices.Equal(parts, c.parts):
		problem = fmt.Sprintf("parts: %q\nwanted: %q", parts, c.parts)
	}
	if tried["parts"] += len(parts); problem != "" {
		t.Errorf("seed %d: %s\n%s\n%s\n%s", seed, problem, r.Query, r.variables(), printSet(s.graph.set))
	}
}

// assemble does what a client does with the parts of an answer. It gives the whole,
// the path and label of each part, and what is wrong with them.
func assemble(first []byte, rest [][]byte) (whole any, parts []string, problem string) {
	var begin struct {
		Data   any
		Errors []any
	}
	if err := json.Unmarshal(first, &begin); err != nil || len(begin.Errors) > 0 {
		return nil, nil, fmt.Sprintf("the first part: %v, %v", err, begin.Errors)
	}
	for i, body := range append([][]byte{first}, rest...) {
		var part struct {
			Incremental []struct {
				Data   map[string]any
				Path   []any
				Label  string
				Errors []any
			}
			HasNext bool
		}
		if err := json.Unmarshal(body, &part); err != nil || part.HasNext != (i < len(rest)) || i > 0 && len(part.Incremental) == 0 {
			return nil, nil, fmt.Sprintf("part %d of %d: %v\n%s", i, len(rest), err, body)
		}
		for _, piece := range part.Incremental {
			path, _ := json.Marshal(piece.Path)
			parts = append(parts, string(path)+" "+piece.Label)
			at := begin.Data
			for _, step := range piece.Path {
				switch here := at.(type) {
				case map[string]any:
					at = here[step.(string)]
				case []any:
					at = here[int(step.(float64))]
				}
			}
			object, ok := at.(map[string]any)
			if !ok || len(piece.Errors) > 0 || piece.Data == nil {
				return nil, nil, fmt.Sprintf("a part at %s, where %v is: %v", path, at, piece.Errors)
			}
			into(object, piece.Data)
		}
	}
	return begin.Data, parts, ""
}

func into(to, from map[string]any) {
	for key, v := range from {
		to[key] = joined(to[key], v)
	}
}

func joined(have, later any) any {
	switch v := later.(type) {
	case map[string]any:
		if object, ok := have.(map[string]any); ok {
			into(object, v)
			return object
		}
	case []any:
		if list, ok := have.([]any); ok && len(list) == len(v) {
			for i := range v {
				list[i] = joined(list[i], v[i])
			}
			return list
		}
	}
	return later
}

const toldType = "told_type"

// tellTypes asks every object for its type.
func tellTypes(doc *ast.QueryDocument) {
	var tell func(ast.SelectionSet) ast.SelectionSet
	tell = func(set ast.SelectionSet) ast.SelectionSet {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if len(s.SelectionSet) > 0 && !strings.HasPrefix(s.Name, "__") {
					s.SelectionSet = tell(s.SelectionSet)
				}
			case *ast.InlineFragment:
				s.SelectionSet = tell(s.SelectionSet)
			}
		}
		return append(set, &ast.Field{Alias: toldType, Name: "__typename"})
	}
	for _, op := range doc.Operations {
		op.SelectionSet = tell(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		f.SelectionSet = tell(f.SelectionSet)
	}
}

// counter counts the parts that an answer must have.
type counter struct {
	*scene
	doc       *ast.QueryDocument
	variables map[string]any
	parts     []string
}

// object counts the parts of an object and of what is in it.
func (c *counter) object(data map[string]any, sets []ast.SelectionSet, path []any) {
	below := map[string][]ast.SelectionSet{}
	for _, set := range sets {
		c.collect(set, data[toldType], path, below)
	}
	for _, key := range sortedNames(below) {
		c.value(data[key], below[key], append(slices.Clone(path), key))
	}
}

func (c *counter) value(v any, sets []ast.SelectionSet, path []any) {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			c.value(item, sets, append(slices.Clone(path), i))
		}
	case map[string]any:
		c.object(v, sets, path)
	}
}

// collect notes the deferred fragments of an object, and what is selected below
// its fields; some tells whether it has any.
func (c *counter) collect(set ast.SelectionSet, on any, path []any, below map[string][]ast.SelectionSet) (some bool) {
	for _, selection := range set {
		list, condition, inner := ast.DirectiveList(nil), "", ast.SelectionSet(nil)
		switch s := selection.(type) {
		case *ast.Field:
			if c.there(s.Directives) {
				some = true
				if len(s.SelectionSet) > 0 && !strings.HasPrefix(s.Name, "__") {
					below[s.Alias] = append(below[s.Alias], s.SelectionSet)
				}
			}
			continue
		case *ast.InlineFragment:
			list, condition, inner = s.Directives, s.TypeCondition, s.SelectionSet
		case *ast.FragmentSpread:
			f := c.doc.Fragments.ForName(s.Name)
			list, condition, inner = s.Directives, f.TypeCondition, f.SelectionSet
		}
		if !c.there(list) || condition != "" && !c.is(on, condition) {
			continue
		}
		has := c.collect(inner, on, path, below)
		if d := list.ForName("defer"); d != nil && has && c.holds(d, true) {
			label := ""
			if a := d.Arguments.ForName("label"); a != nil {
				label = a.Value.Raw
			}
			if path == nil {
				path = []any{}
			}
			encoded, _ := json.Marshal(path)
			c.parts = append(c.parts, string(encoded)+" "+label)
		}
		some = some || has
	}
	return some
}

// is tells whether an object of a type is of another, too.
func (c *counter) is(on any, condition string) bool {
	return slices.ContainsFunc(c.graph.super.Schema.GetPossibleTypes(c.graph.super.Schema.Types[condition]), func(d *ast.Definition) bool { return d.Name == on })
}

// there tells whether @skip and @include let something be there.
func (c *counter) there(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name == "skip" && c.holds(d, false) || d.Name == "include" && !c.holds(d, false) {
			return false
		}
	}
	return true
}

// holds is the argument "if" of a directive.
func (c *counter) holds(d *ast.Directive, otherwise bool) bool {
	a := d.Arguments.ForName("if")
	if a == nil {
		return otherwise
	}
	if a.Value.Kind != ast.Variable {
		return a.Value.Raw == "true"
	}
	for _, def := range c.doc.Operations[0].VariableDefinitions {
		if v, given := c.variables[a.Value.Raw]; !given && def.Variable == a.Value.Raw && def.DefaultValue != nil {
			return def.DefaultValue.Raw == "true"
		} else if given {
			return v == true
		}
	}
	return otherwise
}
