package plan

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/operation"
)

// keptApart is the text of an operation in which every field below the root has
// an alias of its own.
func keptApart(text string) (string, bool) {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return "", false
	}
	for _, selection := range doc.Operations[0].SelectionSet {
		if f, ok := selection.(*ast.Field); ok {
			aliasAll(f.SelectionSet)
		}
	}
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithCompacted()).FormatQueryDocument(doc)
	return b.String(), true
}

func aliasAll(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Alias == s.Name && s.Name != "__typename" {
				s.Alias = operation.Renamed(s.Alias)
			}
			aliasAll(s.SelectionSet)
		case *ast.InlineFragment:
			aliasAll(s.SelectionSet)
		}
	}
}
