package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// specified are the specification's rules (section 5).
var specified = rules.NewDefaultRules()

// validate applies the specification's rules to the document.
func validate(schema *ast.Schema, doc *ast.QueryDocument) Errors {
	if list := validator.ValidateWithRules(schema, doc, specified); len(list) > 0 {
		return fromParser(ValidationFailed, list)
	}
	return append(singleRoot(doc), deferrable(schema, doc)...)
}
