package operation

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// deferralKey tells the forms of an operation apart that defer different
// fragments. That is not left open, as other conditions are: a fragment that turns
// out not to be deferred would have been fetched under keys of its own, to be
// merged with what is selected beside it, and by requests that a plan which
// defers nothing does not make.
func (d *Document) deferralKey(variables map[string]any) string {
	key := []byte(deferring)
	for _, name := range d.deferrals {
		if variables[name] == false {
			key = append(key, '0')
		} else {
			key = append(key, '1')
		}
	}
	return string(append(key, ' '))
}

// deferring begins the key of a form in which fragments are deferred.
const deferring = "defer "

// defers tells whether a @defer is in force: always, unless "if" is false
// (incremental delivery, section "@defer").
func (r *reader) defers(d *ast.Directive) bool {
	a := d.Arguments.ForName("if")
	switch {
	case a == nil:
		return true
	case a.Value.Kind == ast.Variable:
		return r.variables[a.Value.Raw] != false
	}
	return a.Value.Raw != "false"
}

// labelOf is the label of a deferred fragment; empty for none.
func labelOf(d *ast.Directive) string {
	if a := d.Arguments.ForName("label"); a != nil && a.Value.Kind != ast.NullValue {
		return a.Value.Raw
	}
	return ""
}

// deferrable refuses @defer where it cannot be: on the root of a mutation,
// anywhere in a subscription, and with a label that is not its own.
func deferrable(schema *ast.Schema, doc *ast.QueryDocument) Errors {
	c := deferCheck{labels: map[string]bool{}}
	for _, op := range doc.Operations {
		c.seen = map[string]bool{}
		switch op.Operation {
		case ast.Mutation:
			c.root(op.SelectionSet, schema.Mutation.Name)
		case ast.Subscription:
			c.subscription(op.SelectionSet)
		}
		c.label(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		c.label(f.SelectionSet)
	}
	return c.errs
}

type deferCheck struct {
	labels map[string]bool
	seen   map[string]bool // fragments
	errs   Errors
}

func (c *deferCheck) fail(d *ast.Directive, message string) {
	c.errs = append(c.errs, Fail(ValidationFailed, message, at(d.Position)...)...)
}

// fragments calls visit for each fragment of a selection; a named one is
// visited once.
func (c *deferCheck) fragments(set ast.SelectionSet, visit func(*ast.Directive, ast.SelectionSet)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			visit(s.Directives.ForName("defer"), s.SelectionSet)
		case *ast.FragmentSpread:
			below := ast.SelectionSet(nil)
			if !c.seen[s.Name] {
				c.seen[s.Name] = true
				below = s.Definition.SelectionSet
			}
			visit(s.Directives.ForName("defer"), below)
		}
	}
}

func (c *deferCheck) root(set ast.SelectionSet, name string) {
	c.fragments(set, func(d *ast.Directive, below ast.SelectionSet) {
		if d != nil {
			c.fail(d, fmt.Sprintf("Defer directive cannot be used on root mutation type %q.", name))
		}
		c.root(below, name)
	})
}

func (c *deferCheck) subscription(set ast.SelectionSet) {
	for _, selection := range set {
		if f, ok := selection.(*ast.Field); ok {
			c.subscription(f.SelectionSet)
		}
	}
	c.fragments(set, func(d *ast.Directive, below ast.SelectionSet) {
		if d != nil && !mayBeOff(d) {
			c.fail(d, "Defer directive not supported on subscription operations. Disable `@defer` by setting the `if` argument to `false`.")
		}
		c.subscription(below)
	})
}

// mayBeOff tells whether "if" can be false.
func mayBeOff(d *ast.Directive) bool {
	a := d.Arguments.ForName("if")
	return a != nil && (a.Value.Kind == ast.Variable || a.Value.Raw == "false")
}

func (c *deferCheck) label(set ast.SelectionSet) {
	for _, selection := range set {
		var list ast.DirectiveList
		switch s := selection.(type) {
		case *ast.Field:
			c.label(s.SelectionSet)
		case *ast.InlineFragment:
			list = s.Directives
			c.label(s.SelectionSet)
		case *ast.FragmentSpread:
			list = s.Directives
		}
		d := list.ForName("defer")
		if d == nil {
			continue
		}
		a := d.Arguments.ForName("label")
		switch {
		case a == nil || a.Value.Kind == ast.NullValue:
		case a.Value.Kind == ast.Variable:
			c.fail(d, `Argument "@defer(label:)" must be a static string.`)
		case c.labels[a.Value.Raw]:
			c.fail(d, fmt.Sprintf("The label %q is given to more than one deferred fragment.", a.Value.Raw))
		default:
			c.labels[a.Value.Raw] = true
		}
	}
}
