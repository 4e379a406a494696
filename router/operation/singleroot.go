package operation

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// singleRoot refuses a subscription to more than one response name
// (specification, section 5.2.4.1). The parser's own rule counts field names,
// so that one field under two aliases passes it.
func singleRoot(doc *ast.QueryDocument) Errors {
	var errs Errors
	for _, op := range doc.Operations {
		if op.Operation != ast.Subscription {
			continue
		}
		second := otherRoot(op.SelectionSet, new(string), map[string]bool{})
		if second == nil {
			continue
		}
		name := "Anonymous Subscription"
		if op.Name != "" {
			name = "Subscription " + strconv.Quote(op.Name)
		}
		at := Location{Line: uint32(second.Position.Line), Column: uint32(second.Position.Column)}
		errs = append(errs, Fail(ValidationFailed, fmt.Sprintf("%s must select only one top level field.", name), at)...)
	}
	return errs
}

// otherRoot finds a field whose response name is not the first one's.
func otherRoot(set ast.SelectionSet, first *string, seen map[string]bool) *ast.Field {
	for _, selection := range set {
		var inner ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			if *first == "" {
				*first = s.Alias
			}
			if s.Alias != *first {
				return s
			}
		case *ast.InlineFragment:
			inner = s.SelectionSet
		case *ast.FragmentSpread:
			if !seen[s.Name] {
				seen[s.Name] = true
				inner = s.Definition.SelectionSet
			}
		}
		if found := otherRoot(inner, first, seen); found != nil {
			return found
		}
	}
	return nil
}
