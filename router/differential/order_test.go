package differential_test

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// reordered is the request with everything that it selects in another order, and
// some of it in fragments. Only the root fields of a mutation stay where they are.
func (r request) reordered(d dice) (request, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: r.Query})
	if err != nil {
		return r, err
	}
	for _, op := range doc.Operations {
		if op.Operation == ast.Mutation {
			for _, s := range op.SelectionSet {
				if f, ok := s.(*ast.Field); ok {
					f.SelectionSet = d.shuffled(f.SelectionSet)
				}
			}
			continue
		}
		op.SelectionSet = d.shuffled(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		f.SelectionSet = d.shuffled(f.SelectionSet)
	}
	r.Query = printQuery(doc)
	return r, nil
}

// shuffled is a selection in another order.
func (d dice) shuffled(set ast.SelectionSet) ast.SelectionSet {
	d.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
	for i, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if len(s.SelectionSet) > 0 {
				s.SelectionSet = d.shuffled(s.SelectionSet)
			}
			if d.chance(10) {
				set[i] = &ast.InlineFragment{SelectionSet: ast.SelectionSet{s}}
			}
		case *ast.InlineFragment:
			s.SelectionSet = d.shuffled(s.SelectionSet)
		}
	}
	return set
}
