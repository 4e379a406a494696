package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validate applies the specification's rules (section 5) to the document.
func validate(schema *ast.Schema, doc *ast.QueryDocument) Errors {
	if list := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(list) > 0 {
		return fromParser(ValidationFailed, list)
	}
	return append(singleRoot(doc), deferrable(schema, doc)...)
}
