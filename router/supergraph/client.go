package supergraph

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// clientSchema is the graph without what is inaccessible and without the
// federation directives.
func clientSchema(doc *ast.SchemaDocument, defs []*ast.Definition, roots map[string]string, n names) (string, *ast.Schema, error) {
	hidden := map[string]bool{}
	for _, def := range defs {
		if def.Directives.ForName(n.inaccessible) != nil {
			hidden[def.Name] = true
		}
	}
	out := &ast.SchemaDocument{Schema: schemaDefinition(roots), Directives: clientDirectives(doc)}
	for _, def := range defs {
		if !hidden[def.Name] {
			out.Definitions = append(out.Definitions, clientType(def, hidden, n))
		}
	}
	sdl := printDocument(out)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "client schema", Input: sdl})
	if err != nil {
		return "", nil, fmt.Errorf("the client schema of the supergraph is not valid: %w", err)
	}
	return sdl, schema, nil
}

func clientType(def *ast.Definition, hidden map[string]bool, n names) *ast.Definition {
	c := *def
	c.Directives = clientUses(def.Directives)
	c.Fields, c.EnumValues, c.Interfaces, c.Types = nil, nil, nil, nil
	for _, i := range def.Interfaces {
		if !hidden[i] {
			c.Interfaces = append(c.Interfaces, i)
		}
	}
	for _, m := range def.Types {
		if !hidden[m] {
			c.Types = append(c.Types, m)
		}
	}
	for _, v := range def.EnumValues {
		if v.Directives.ForName(n.inaccessible) == nil {
			value := *v
			value.Directives = clientUses(v.Directives)
			c.EnumValues = append(c.EnumValues, &value)
		}
	}
	for _, f := range def.Fields {
		if f.Directives.ForName(n.inaccessible) == nil && !hidden[f.Type.Name()] {
			c.Fields = append(c.Fields, clientField(f, hidden, n))
		}
	}
	return &c
}

func clientField(f *ast.FieldDefinition, hidden map[string]bool, n names) *ast.FieldDefinition {
	c := *f
	c.Directives = clientUses(f.Directives)
	c.Arguments = nil
	for _, a := range f.Arguments {
		if a.Directives.ForName(n.inaccessible) == nil && !hidden[a.Type.Name()] {
			arg := *a
			arg.Directives = clientUses(a.Directives)
			c.Arguments = append(c.Arguments, &arg)
		}
	}
	return &c
}

// clientUses keeps the directives that introspection shows.
func clientUses(list ast.DirectiveList) ast.DirectiveList {
	var kept ast.DirectiveList
	for _, d := range list {
		switch d.Name {
		case "deprecated", "specifiedBy", "oneOf":
			kept = append(kept, d)
		}
	}
	return kept
}

// clientDirectives are the directives that a query may use.
func clientDirectives(doc *ast.SchemaDocument) ast.DirectiveDefinitionList {
	var kept ast.DirectiveDefinitionList
	for _, d := range doc.Directives {
		if machinery(d.Name) {
			continue
		}
		for _, at := range d.Locations {
			switch at {
			case ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription, ast.LocationField,
				ast.LocationFragmentDefinition, ast.LocationFragmentSpread, ast.LocationInlineFragment:
				kept = append(kept, d)
			default:
				continue
			}
			break
		}
	}
	return kept
}

// printWhole prints all types; of the directives only @inaccessible stays.
func printWhole(defs []*ast.Definition, roots map[string]string, n names) string {
	out := &ast.SchemaDocument{Schema: schemaDefinition(roots)}
	out.Directives = append(out.Directives, &ast.DirectiveDefinition{
		Name: "inaccessible", Position: &ast.Position{Src: &ast.Source{}},
		Locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject, ast.LocationInterface, ast.LocationUnion,
			ast.LocationArgumentDefinition, ast.LocationScalar, ast.LocationEnum, ast.LocationEnumValue, ast.LocationInputObject, ast.LocationInputFieldDefinition},
	})
	keep := func(list ast.DirectiveList) ast.DirectiveList {
		if d := list.ForName(n.inaccessible); d != nil {
			return ast.DirectiveList{{Name: "inaccessible", Position: d.Position}}
		}
		return nil
	}
	for _, def := range defs {
		out.Definitions = append(out.Definitions, bare(def, keep))
	}
	return printDocument(out)
}

// bare is a copy without descriptions and with the directives that keep keeps.
func bare(def *ast.Definition, keep func(ast.DirectiveList) ast.DirectiveList) *ast.Definition {
	c := *def
	c.Description, c.Directives = "", keep(def.Directives)
	c.Fields, c.EnumValues = nil, nil
	for _, f := range def.Fields {
		field := *f
		field.Description, field.Directives, field.Arguments = "", keep(f.Directives), nil
		for _, a := range f.Arguments {
			arg := *a
			arg.Description, arg.Directives = "", keep(a.Directives)
			field.Arguments = append(field.Arguments, &arg)
		}
		c.Fields = append(c.Fields, &field)
	}
	for _, v := range def.EnumValues {
		value := *v
		value.Description, value.Directives = "", keep(v.Directives)
		c.EnumValues = append(c.EnumValues, &value)
	}
	return &c
}

func schemaDefinition(roots map[string]string) ast.SchemaDefinitionList {
	def := &ast.SchemaDefinition{Position: &ast.Position{Src: &ast.Source{}}}
	operations := make([]string, 0, len(roots))
	for op := range roots {
		operations = append(operations, op)
	}
	sort.Strings(operations)
	for _, op := range operations {
		def.OperationTypes = append(def.OperationTypes, &ast.OperationTypeDefinition{Operation: ast.Operation(op), Type: roots[op]})
	}
	return ast.SchemaDefinitionList{def}
}

func printDocument(doc *ast.SchemaDocument) string {
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return b.String()
}
