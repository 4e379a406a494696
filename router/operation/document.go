package operation

import (
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// Document is one operation of a document that has been parsed, found within
// the limits, and validated. It is safe for concurrent use.
type Document struct {
	Kind Kind
	// Op is the operation that was chosen; Doc the document around it.
	Op  *ast.OperationDefinition
	Doc *ast.QueryDocument

	schema *ast.Schema
	names  map[string]bool
	// defers tells that there is a @defer, deferrals the variables it depends on.
	defers    bool
	deferrals []string

	// coordinates are the fields that it asks for.
	coordinates [][2]string

	mu    sync.Mutex
	forms map[string]*Normalized
}

// Read takes a request through parse, validate and limits. names are the names
// of all fields in the graph, also of those that clients do not see: an alias
// that is one of them is kept apart from the field.
func Read(schema *ast.Schema, names map[string]bool, r Request, limits Limits) (*Document, Errors) {
	limits = limits.WithDefaults()
	doc, errs := parse(r.Query, limits)
	if errs != nil {
		return nil, errs
	}
	op, errs := choose(doc, r.OperationName)
	if errs != nil {
		return nil, errs
	}
	if errs := validate(schema, doc); errs != nil {
		return nil, errs
	}
	if errs := limits.check(doc, op); errs != nil {
		return nil, errs
	}
	d := &Document{Op: op, Doc: doc, schema: schema, names: names, forms: map[string]*Normalized{}}
	switch op.Operation {
	case ast.Mutation:
		d.Kind = Mutation
	case ast.Subscription:
		d.Kind = Subscription
	}
	d.coordinates = coordinates(doc)
	d.deferrals, d.defers = deferVariables(doc)
	return d, nil
}

// deferVariables are the variables that @defer depends on; used tells whether
// there is any.
func deferVariables(doc *ast.QueryDocument) (names []string, used bool) {
	var walk func(ast.SelectionSet)
	note := func(list ast.DirectiveList) {
		d := list.ForName("defer")
		if d == nil {
			return
		}
		used = true
		if a := d.Arguments.ForName("if"); a != nil && a.Value.Kind == ast.Variable && !slices.Contains(names, a.Value.Raw) {
			names = append(names, a.Value.Raw)
		}
	}
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				note(s.Directives)
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				note(s.Directives)
			}
		}
	}
	for _, op := range doc.Operations {
		walk(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		walk(f.SelectionSet)
	}
	return names, used
}
