package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
)

// item is a field to plan: all that is selected under one response key of the
// objects of some types at one place. A subgraph treats these types alike.
type item struct {
	key    string
	fields []occurrence
	// when is when any of them is there.
	when  when
	types []string
	// tried are the sources that could not give all of it.
	tried []*source
}

func (i *item) first() *ast.Field { return i.fields[0].field }

func (i *item) name() string { return i.first().Name }

// sets are the selections below.
func (i *item) sets() []ast.SelectionSet { return setsBelow(i.fields) }

// identity is the same for what is selected by the same parts of the operation.
func (i *item) identity() string {
	var b strings.Builder
	b.WriteString(i.key)
	for _, f := range i.fields {
		fmt.Fprintf(&b, " %p%v", f.field, f.under)
	}
	return b.String()
}

// collected is what is selected of the objects of one type (specification,
// 6.3.2): the fields by their response keys, and whether their type is asked for.
type collected struct {
	items []*item
	typed bool
}

// fieldsIn is how many fields a selection has for objects of any type.
func fieldsIn(set ast.SelectionSet) int {
	n := 0
	for _, s := range set {
		if f, ok := s.(*ast.InlineFragment); ok {
			n += fieldsIn(f.SelectionSet)
		} else {
			n++
		}
	}
	return n
}

// manyItems is from how many items on a map pays.
const manyItems = 16

func (a *atlas) collect(object string, sets []ast.SelectionSet) collected {
	var c collected
	n, types := 0, []string{object}
	for _, set := range sets {
		n += fieldsIn(set)
	}
	room, met := make([]item, 0, n), make([]occurrence, 0, n) // one piece of memory each
	c.items = make([]*item, 0, n)
	var at map[string]*item
	if n > manyItems {
		at = make(map[string]*item, n)
	}
	find := func(key string) *item {
		if at != nil {
			return at[key]
		}
		for _, i := range c.items {
			if i.key == key {
				return i
			}
		}
		return nil
	}
	for _, set := range sets {
		a.eachUnder(set, object, nil, func(f *ast.Field, under []int) {
			if f.Name == "__typename" {
				_, _, _, marked := operation.Marked(f.Alias)
				_, _, _, again := operation.Same(f.Alias)
				c.typed = c.typed || !marked && !again && !operation.Placeholder(f.Alias)
				return
			}
			if i := find(f.Alias); i != nil {
				i.fields = append(i.fields, occurrence{f, under})
				return
			}
			met = append(met, occurrence{f, under})
			room = append(room, item{key: f.Alias, types: types, fields: met[len(met)-1 : len(met) : len(met)]})
			i := &room[len(room)-1]
			if c.items = append(c.items, i); at != nil {
				at[f.Alias] = i
			}
		})
	}
	for _, i := range c.items {
		i.when = allWhen(i.fields)
	}
	return c
}

// wanted is what is selected of the objects of several types.
type wanted struct {
	// items are what can be asked of the objects as they are known.
	items []*item
	// learn are the objects of which an interface object is all that is known,
	// and whose types must be learnt for the rest.
	learn []string
}

// want sorts what is selected of objects that a source gave. done are response
// keys that are not wanted any more.
func (p *planning) want(src *source, objects []string, sets []ast.SelectionSet, given provided, done map[string]bool) wanted {
	var w wanted
	var at map[string]*item
	if len(objects) > 1 {
		at = map[string]*item{}
	}
	for _, object := range objects {
		items, learn := p.wantOf(src, object, sets, given)
		if learn {
			w.learn = append(w.learn, object)
		}
		for _, i := range items {
			if done[i.key] {
				continue
			}
			if len(objects) == 1 {
				w.items = append(w.items, i)
				continue
			}
			alike := i.identity() + p.treatment(src, object, i.name(), given)
			if same := at[alike]; same != nil {
				same.types = append(same.types, object)
				continue
			}
			at[alike] = i
			w.items = append(w.items, i)
		}
	}
	return w
}

// wantOf is what is selected of the objects of one type. For an object of an
// unknown type that depends on what it turns out to be, it is only what the
// source gives of all alike.
func (p *planning) wantOf(src *source, object string, sets []ast.SelectionSet, given provided) (_ []*item, learn bool) {
	if !p.unknown(object) {
		return p.collect(object, sets).items, false
	}
	all := p.collect(object, sets)
	alike := !all.typed
	merged := map[string]*item{}
	clash := map[string]bool{}
	var order []*item
	for _, t := range p.possible[object] {
		c := p.collect(t, sets)
		alike = alike && !c.typed && slices.EqualFunc(c.items, all.items, func(x, y *item) bool { return x.identity() == y.identity() })
		for _, i := range c.items {
			m := merged[i.key]
			if m == nil {
				m = &item{key: i.key, types: []string{object}}
				merged[i.key] = m
				order = append(order, m)
			} else if fieldText(m.first()) != fieldText(i.first()) {
				clash[i.key] = true
			}
			for _, f := range i.fields {
				if !slices.ContainsFunc(m.fields, func(have occurrence) bool { return have.field == f.field && slices.Equal(have.under, f.under) }) {
					m.fields = append(m.fields, f)
				}
			}
			m.when = allWhen(m.fields)
		}
	}
	if alike {
		return all.items, false
	}
	var local []*item
	for _, i := range order {
		if clash[i.key] || src == nil {
			continue
		}
		if _, ok := p.resolve(src, object, i.name(), given, false); ok {
			local = append(local, i)
		}
	}
	return local, true
}

// treatment is the same for the types whose field a source treats alike.
func (p *planning) treatment(src *source, object, name string, given provided) string {
	var b strings.Builder
	if src != nil {
		if r, ok := p.resolve(src, object, name, given, false); ok {
			b.WriteString(" " + r.field.text)
		}
	}
	for _, s := range p.owners[coordinate{object, name}] {
		fmt.Fprintf(&b, ",%d", s.index)
	}
	for _, context := range p.contexts[object] {
		b.WriteString(" $" + context)
	}
	return b.String()
}
