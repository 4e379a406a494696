package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/operation"
	"heddle/router/supergraph"
)

// split cuts the fetches of a step. What was cut off comes after the fetch it
// was cut from.
func (d *deferral) split(s *Step) (*Step, error) {
	if s.Fetch == nil {
		out := &Step{Parallel: s.Parallel}
		for _, child := range s.Steps {
			part, err := d.split(child)
			if err != nil {
				return nil, err
			}
			out.Steps = append(out.Steps, part)
		}
		return out, nil
	}
	rest, pieces, err := d.cut(s.Fetch)
	if err != nil || len(pieces) == 0 {
		return s, err
	}
	after := &Step{Parallel: len(pieces) > 1}
	for _, piece := range pieces {
		step, err := d.split(&Step{Fetch: piece}) // there may be fragments in the fragments
		if err != nil {
			return nil, err
		}
		after.Steps = append(after.Steps, step)
	}
	return &Step{Steps: []*Step{{Fetch: rest}, after}}, nil
}

// cut takes the deferred fields out of a fetch that has others too, as far as
// the subgraph can be asked for them later.
func (d *deferral) cut(f *Fetch) (rest *Fetch, pieces []*Fetch, err error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Query})
	if err != nil {
		return nil, nil, fmt.Errorf("read the planner's operation %q: %w", f.Query, err)
	}
	op := doc.Operations[0]
	c := &cutter{super: d.super, subgraph: d.super.Subgraph(f.Subgraph), fetch: f, definitions: op.VariableDefinitions}
	if entities := entitiesOf(f, op.SelectionSet); entities != nil {
		c.entities(entities)
	} else {
		op.SelectionSet = c.root(op.SelectionSet, string(op.Operation))
	}
	if len(c.pieces) == 0 || c.err != nil {
		return f, nil, c.err
	}
	rest, err = c.request(f.At, f.Entity, op.SelectionSet, string(op.Operation))
	return rest, c.pieces, err
}

// cutter cuts one fetch.
type cutter struct {
	super       *supergraph.Supergraph
	subgraph    *supergraph.Subgraph
	fetch       *Fetch
	definitions ast.VariableDefinitionList
	pieces      []*Fetch
	err         error
}

// root cuts what is asked of the root of the subgraph.
func (c *cutter) root(set ast.SelectionSet, kind string) ast.SelectionSet {
	for _, group := range others(groupsOf(set)) {
		var piece ast.SelectionSet
		piece, set = extract(set, group)
		c.piece(c.fetch.At, nil, piece, kind)
	}
	c.fields(set, c.super.Roots[kind], nil, c.fetch.At)
	return set
}

// entities cuts what is asked of entities: the pieces find them by the same.
func (c *cutter) entities(entities *ast.Field) {
	for _, group := range others(groupsOf(entities.SelectionSet)) {
		var piece ast.SelectionSet
		piece, entities.SelectionSet = extract(entities.SelectionSet, group)
		field := *entities
		field.SelectionSet = append(ast.SelectionSet{typename()}, piece...)
		c.piece(c.fetch.At, c.fetch.Entity, ast.SelectionSet{&field}, "query")
	}
	c.fields(entities.SelectionSet, "", nil, c.fetch.At)
}

// others are all groups but the one that stays where it is: no group, or else
// the first.
func others(groups []int) []int {
	if len(groups) == 0 {
		return nil
	}
	return groups[1:]
}

// fields cuts what is asked below the fields of a selection on a type; types are
// those that a fragment around it is for.
func (c *cutter) fields(set ast.SelectionSet, typeName string, types []string, hops []Hop) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			if s.TypeCondition == "" {
				c.fields(s.SelectionSet, typeName, types, hops)
			} else {
				c.fields(s.SelectionSet, s.TypeCondition, c.concrete(s.TypeCondition), hops)
			}
		case *ast.Field:
			t := c.subgraph.Type(typeName)
			if t == nil || len(s.SelectionSet) == 0 {
				continue
			}
			if f := t.Field(s.Name); f != nil {
				hop := Hop{Field: s.Alias, Types: types}
				s.SelectionSet = c.object(s.SelectionSet, f.Type.Name(), append(slices.Clip(hops), hop))
			}
		}
	}
}

// object cuts what is asked of objects within a fetch.
func (c *cutter) object(set ast.SelectionSet, typeName string, hops []Hop) ast.SelectionSet {
	for _, group := range groupsOf(set) {
		if group == 0 {
			continue
		}
		piece, rest := extract(set, group)
		if piece, rest = c.keepKeys(typeName, piece, rest); len(piece) == 0 {
			continue
		}
		if typeName == c.super.Roots["query"] {
			c.piece(hops, nil, piece, "query")
			set = atLeast(rest)
			continue
		}
		if entity, keys, below := c.again(typeName, piece); entity != nil {
			field := &ast.Field{Alias: "_entities", Name: "_entities", SelectionSet: append(ast.SelectionSet{typename()}, below...), Arguments: ast.ArgumentList{
				{Name: "representations", Value: &ast.Value{Kind: ast.Variable, Raw: entity.Variable}},
			}}
			c.piece(hops, entity, ast.SelectionSet{field}, "query")
			set = with(rest, keys)
		}
	}
	c.fields(set, typeName, nil, hops)
	return set
}

// keepKeys leaves the fields of a key where they are: they are asked for anyway.
func (c *cutter) keepKeys(typeName string, piece, rest ast.SelectionSet) (_, _ ast.SelectionSet) {
	key, _, ok := c.key(c.subgraph.Type(typeName))
	if !ok {
		return piece, rest
	}
	var others ast.SelectionSet
	for _, selection := range piece {
		f, isField := selection.(*ast.Field)
		if isField && slices.ContainsFunc(key, func(k ast.Selection) bool {
			part, ok := k.(*ast.Field)
			return ok && part.Name == f.Name && part.SelectionSet == nil
		}) {
			rest = append(rest, f)
		} else {
			others = append(others, selection)
		}
	}
	return others, rest
}

// with adds fields to a selection. A leaf that is there is not added again, but
// whatever condition it is there under is gone.
func with(set, more ast.SelectionSet) ast.SelectionSet {
	for _, selection := range more {
		f, ok := selection.(*ast.Field)
		if !ok || f.SelectionSet != nil {
			set = append(set, selection)
			continue
		}
		at := slices.IndexFunc(set, func(have ast.Selection) bool {
			field, ok := have.(*ast.Field)
			return ok && field.Alias == f.Alias
		})
		if at < 0 {
			set = append(set, selection)
			continue
		}
		always := *set[at].(*ast.Field)
		always.Directives = nil
		set[at] = &always
	}
	return set
}

func atLeast(set ast.SelectionSet) ast.SelectionSet {
	if len(set) == 0 {
		return ast.SelectionSet{typename()}
	}
	return set
}

func typename() *ast.Field { return &ast.Field{Alias: "__typename", Name: "__typename"} }

// piece cuts a selection off, which is asked for where anything of it is there.
func (c *cutter) piece(at []Hop, e *Entity, set ast.SelectionSet, kind string) {
	f, err := c.request(at, e, set, kind)
	if err != nil {
		c.err = err
		return
	}
	if some, always := reasons(set, nil); !always {
		f.If = some
	}
	c.pieces = append(c.pieces, f)
}

// request makes a fetch that asks the subgraph for a selection.
func (c *cutter) request(at []Hop, e *Entity, set ast.SelectionSet, kind string) (*Fetch, error) {
	used := map[string]bool{}
	variablesIn(set, used)
	f := &Fetch{Subgraph: c.fetch.Subgraph, At: at, Entity: e, If: c.fetch.If, Apart: c.fetch.Apart}
	var definitions []string
	if e != nil {
		definitions = append(definitions, "$"+e.Variable+": [_Any!]!")
	}
	for _, v := range c.fetch.Variables {
		if used[v.Name] {
			f.Variables = append(f.Variables, v)
		}
	}
	for _, v := range c.fetch.Contexts { // their objects are above, in a piece as in the whole
		if used[v.Variable] {
			f.Contexts = append(f.Contexts, v)
		}
	}
	for _, def := range c.definitions {
		if !used[def.Variable] || e != nil && def.Variable == e.Variable {
			continue
		}
		text := "$" + def.Variable + ": " + def.Type.String()
		if def.DefaultValue != nil {
			text += " = " + def.DefaultValue.String()
		}
		definitions = append(definitions, text)
	}
	var b strings.Builder
	b.WriteString(kind)
	if len(definitions) > 0 {
		b.WriteString("(" + strings.Join(definitions, ", ") + ")")
	}
	b.WriteString(" ")
	printSet(&b, set)
	f.Query = b.String()
	f.Open = open(f.Query)
	return f, readRoots(f)
}

// reasons are the conditions of what is selected, one of which must hold for it
// to be anything; always tells that something is there in any case.
func reasons(set ast.SelectionSet, some []int) (_ []int, always bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			some, always = reasons(s.SelectionSet, some)
		case *ast.Field:
			i, open := operation.Condition(s.Directives)
			switch {
			case s.Name == "_entities":
				some, always = reasons(s.SelectionSet, some)
			case s.Name == "__typename":
			case !open:
				always = true
			case !slices.Contains(some, i):
				some = append(some, i)
			}
		}
		if always {
			return nil, true
		}
	}
	return some, len(some) == 0
}

// variablesIn notes the variables of a selection.
func variablesIn(set ast.SelectionSet, used map[string]bool) {
	var value func(*ast.Value)
	value = func(v *ast.Value) {
		if v.Kind == ast.Variable {
			used[v.Raw] = true
		}
		for _, child := range v.Children {
			value(child.Value)
		}
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			variablesIn(s.SelectionSet, used)
		case *ast.Field:
			for _, a := range s.Arguments {
				value(a.Value)
			}
			for _, d := range s.Directives {
				for _, a := range d.Arguments {
					value(a.Value)
				}
			}
			variablesIn(s.SelectionSet, used)
		}
	}
}

// groupsOf are the groups of the fields of an object, in order; 0 is that of
// those which are not deferred.
func groupsOf(set ast.SelectionSet) []int {
	found := map[int]bool{}
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if s.Name != "__typename" {
					group, _, _, _ := operation.Deferred(s.Alias)
					found[group] = true
				}
			case *ast.InlineFragment:
				walk(s.SelectionSet)
			}
		}
	}
	walk(set)
	return slices.Sorted(maps.Keys(found))
}

// extract takes the fields of a group out of the selection of an object.
func extract(set ast.SelectionSet, group int) (piece, rest ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if of, _, _, _ := operation.Deferred(s.Alias); of == group && s.Name != "__typename" {
				piece = append(piece, s)
			} else {
				rest = append(rest, s)
			}
		case *ast.InlineFragment:
			inner, outer := extract(s.SelectionSet, group)
			if len(inner) > 0 {
				piece = append(piece, &ast.InlineFragment{TypeCondition: s.TypeCondition, Directives: s.Directives, SelectionSet: inner})
			}
			if len(outer) > 0 {
				rest = append(rest, &ast.InlineFragment{TypeCondition: s.TypeCondition, Directives: s.Directives, SelectionSet: outer})
			}
		}
	}
	return piece, rest
}
