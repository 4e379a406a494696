package memory

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// federation are the directives that a subgraph's schema may use without
// defining them.
const federation = `
scalar _Any
scalar FieldSet
scalar ContextFieldValue
directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: FieldSet!) on FIELD_DEFINITION
directive @provides(fields: FieldSet!) on FIELD_DEFINITION
directive @external on OBJECT | FIELD_DEFINITION
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @override(from: String!, label: String) on FIELD_DEFINITION
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
directive @fromContext(field: ContextFieldValue) on ARGUMENT_DEFINITION
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @interfaceObject on OBJECT
directive @extends on OBJECT | INTERFACE
scalar federation__Scope
scalar federation__Policy
directive @requiresScopes(scopes: [[federation__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @policy(policies: [[federation__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
`

// subgraphSchema is the schema that a server of the subgraph has: every
// extension is a type of its own, and entities can be asked for.
func subgraphSchema(sdl string) (*ast.Schema, error) {
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "federation", Input: federation}, &ast.Source{Name: "subgraph", Input: sdl})
	if err != nil {
		return nil, fmt.Errorf("parse subgraph: %w", err)
	}
	doc.SchemaExtension = nil
	var extensions ast.DefinitionList
	for _, e := range doc.Extensions {
		if doc.Definitions.ForName(e.Name) == nil {
			doc.Definitions = append(doc.Definitions, e)
		} else {
			extensions = append(extensions, e)
		}
	}
	doc.Extensions = extensions
	if err := addEntities(doc); err != nil {
		return nil, err
	}
	schema, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil, fmt.Errorf("validate subgraph: %w", err)
	}
	return schema, nil
}

// addEntities adds what a subgraph offers beside its own schema.
func addEntities(doc *ast.SchemaDocument) error {
	var names []string
	for _, def := range doc.Definitions {
		if def.Kind == ast.Object && (def.Directives.ForName("key") != nil || keyed(doc.Extensions, def.Name)) {
			names = append(names, def.Name)
		}
	}
	text := "extend type Query { _service: String }\n"
	if doc.Definitions.ForName("Query") == nil {
		text = "type Query { _service: String }\n"
	}
	if len(names) > 0 {
		text += "union _Entity = " + strings.Join(names, " | ") +
			"\nextend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
	}
	added, err := parser.ParseSchema(&ast.Source{Name: "entities", Input: text})
	if err != nil {
		return fmt.Errorf("parse entities: %w", err)
	}
	doc.Merge(added)
	return nil
}

func keyed(extensions ast.DefinitionList, name string) bool {
	for _, e := range extensions {
		if e.Name == name && e.Directives.ForName("key") != nil {
			return true
		}
	}
	return false
}
