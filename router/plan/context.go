package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// borrowed is a variable whose value comes from an object above those that a
// group asks about (Federation, "@fromContext").
type borrowed struct {
	variable string
	at       *place
	name     string // of the context
	takes    *fieldSet
	fields   []Field
	required bool
}

// takeContexts finds where the arguments of a field come from that are no
// client's, and lets the field at there have them. The groups that bring the
// values are added to after.
func (p *planning) takeContexts(pos position, there *position, field string, after []*group) ([]*borrowed, []*group) {
	r, ok := p.resolve(there.src, there.objects[0], field, nil, true)
	if !ok {
		return nil, after
	}
	var contexts []*borrowed
	for _, argument := range r.field.contexts {
		var c *borrowed
		c, after = p.context(pos, there.objects, argument, after)
		if !slices.Contains(contexts, c) {
			contexts = append(contexts, c)
		}
		there.arguments = append(there.arguments, &ast.Argument{Name: argument.Name, Value: &ast.Value{Kind: ast.Variable, Raw: c.variable}})
	}
	return contexts, after
}

// context finds the nearest object above, or the object itself, that sets the
// context of an argument, and requires of it what the argument takes.
func (p *planning) context(pos position, types []string, argument contextArgument, after []*group) (*borrowed, []*group) {
	at := &pos
	for ; at != nil && !slices.Contains(p.contexts[types[0]], argument.Context); at, types = at.parent, at.via {
	}
	if at == nil {
		panic(stopped{fmt.Errorf("nothing above a field sets the context %q that its argument %q is taken from", argument.Context, argument.Name)})
	}
	var fields []Field
	from := *at
	from.required, from.when = false, nil
	for _, t := range types {
		after = p.require(from, t, argument.takes, after)
		for _, f := range p.representable([]ast.SelectionSet{argument.takes.set}, t, at.scope) {
			f.On = p.told(at.place, []string{t})
			fields = append(fields, f)
		}
	}
	for _, c := range p.taken {
		if c.at == at.place && c.takes.text == argument.takes.text && p.variables[c.variable] == argument.Type {
			for _, f := range fields {
				c.fields = addRepresented(c.fields, f)
			}
			return c, after
		}
	}
	_, name, _ := strings.Cut(argument.Context, "__")
	c := &borrowed{variable: fmt.Sprintf("context%d", len(p.taken)), at: at.place, name: name, takes: argument.takes, fields: fields, required: strings.HasSuffix(argument.Type, "!")}
	p.variables[c.variable] = argument.Type
	p.taken = append(p.taken, c)
	return c, after
}

// fetchContexts describes what a group takes from objects above.
func fetchContexts(g *group) []Context {
	var list []Context
	for _, c := range g.contexts {
		list = append(list, Context{Variable: c.variable, Name: c.name, Hops: len(c.at.hops), Takes: strings.Join(strings.Fields(c.takes.text), " "), Fields: c.fields, Required: c.required})
	}
	return list
}

// apartFrom tells whether the objects of a group must not share an answer, even
// where they are found by the same: what stands below them depends on a context
// above.
func (p *planning) apartFrom(g *group) bool {
	for _, c := range p.taken {
		if !g.place.isBelow(c.at) {
			continue
		}
		for _, user := range p.groups {
			if user != g && slices.Contains(user.contexts, c) && (user.place == g.place || user.place.isBelow(g.place)) {
				return true
			}
		}
	}
	return false
}

// isBelow tells whether a place is deeper in the data than another.
func (p *place) isBelow(other *place) bool {
	for at := p.above; at != nil; at = at.above {
		if at == other {
			return true
		}
	}
	return false
}
