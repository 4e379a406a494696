package operation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// parse reads the query text within the limits of size and tokens.
func parse(query string, l Limits) (*ast.QueryDocument, Errors) {
	if len(query) > l.Size {
		return nil, Fail(TooLarge, fmt.Sprintf("The query is longer than the %d bytes that are allowed.", l.Size))
	}
	if strings.TrimSpace(query) == "" {
		return nil, Fail(ParseFailed, "The query is empty.")
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, l.Tokens)
	if err != nil {
		if strings.Contains(err.Error(), "exceeded token limit") {
			return nil, Fail(TooLarge, fmt.Sprintf("The query has more than the %d tokens that are allowed.", l.Tokens))
		}
		return nil, fromParser(ParseFailed, err)
	}
	return doc, nil
}

// choose finds the operation to run (specification, 6.1, GetOperation).
func choose(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, Errors) {
	if name != "" {
		if op := doc.Operations.ForName(name); op != nil {
			return op, nil
		}
		return nil, Fail(ResolutionFailure, fmt.Sprintf("There is no operation named %q in the document.", name))
	}
	switch len(doc.Operations) {
	case 0:
		return nil, Fail(ResolutionFailure, "The document has no operation.")
	case 1:
		return doc.Operations[0], nil
	}
	return nil, Fail(ResolutionFailure, "The document has several operations: say in operationName which of them to run.")
}

// fromParser gives the parser's and validator's errors a code.
func fromParser(code Code, err error) Errors {
	var list gqlerror.List
	var one *gqlerror.Error
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = gqlerror.List{one}
	default:
		return Fail(code, err.Error())
	}
	out := make(Errors, len(list))
	for i, e := range list {
		out[i] = Error{Message: e.Message, Extensions: map[string]any{"code": string(code)}}
		for _, l := range e.Locations {
			out[i].Locations = append(out[i].Locations, Location{Line: uint32(l.Line), Column: uint32(l.Column)})
		}
	}
	return out
}

func at(p *ast.Position) []Location {
	if p == nil {
		return nil
	}
	return []Location{{Line: uint32(p.Line), Column: uint32(p.Column)}}
}
