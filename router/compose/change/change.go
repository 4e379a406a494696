// Package change knows what the difference between two client schemas means to
// the clients: what breaks them, what may, and what does not. Its categories and
// names are those of GraphQL Inspector.
package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Level is how much a change matters to clients.
type Level string

// The levels, the worst first.
const (
	Breaking  Level = "BREAKING"     // a query that worked no longer does
	Dangerous Level = "DANGEROUS"    // a client may meet what it does not expect
	Safe      Level = "NON_BREAKING" // nothing that worked changes
)

// Change is one difference between two schemas.
type Change struct {
	Level   Level  `json:"level"`
	Type    string `json:"type"` // as GraphQL Inspector names it: FIELD_REMOVED, …
	Path    string `json:"path"` // of what changed: Type.field.argument
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"` // in the new schema, or in the old one for what was removed
}

func (c Change) String() string {
	return fmt.Sprintf("%s %s: %s", c.Level, c.Path, c.Message)
}

// Between compares two schemas. A supergraph counts as the schema that clients
// see of it. The worst changes come first.
func Between(before, after *ast.Source) ([]Change, error) {
	old, err := read(before)
	if err != nil {
		return nil, err
	}
	now, err := read(after)
	if err != nil {
		return nil, err
	}
	c := &comparison{old: old, now: now}
	c.roots()
	c.types()
	c.directives()
	rank := []Level{Breaking, Dangerous, Safe}
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Level), slices.Index(rank, b.Level)), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Type, b.Type))
	})
	return c.changes, nil
}

// Worst is the level of the worst change; Safe when there is none.
func Worst(changes []Change) Level {
	if len(changes) == 0 {
		return Safe
	}
	return changes[0].Level
}

type comparison struct {
	old, now *schema
	changes  []Change
}

func (c *comparison) add(level Level, kind, path string, pos *ast.Position, format string, args ...any) {
	change := Change{Level: level, Type: kind, Path: path, Message: fmt.Sprintf(format, args...)}
	if pos != nil {
		change.Line = pos.Line
	}
	c.changes = append(c.changes, change)
}

// schema is a client schema: its types, extensions merged in.
type schema struct {
	types      map[string]*ast.Definition
	directives map[string]*ast.DirectiveDefinition
	roots      map[ast.Operation]string
}

func read(source *ast.Source) (*schema, error) {
	doc, err := parser.ParseSchema(source)
	if err != nil {
		return nil, fmt.Errorf("read the schema %s: %w", source.Name, err)
	}
	s := &schema{types: map[string]*ast.Definition{}, directives: map[string]*ast.DirectiveDefinition{}, roots: map[ast.Operation]string{}}
	for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
		s.add(def)
	}
	for _, def := range doc.Directives {
		s.directives[def.Name] = def
	}
	for op, name := range map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"} {
		if s.types[name] != nil {
			s.roots[op] = name
		}
	}
	for _, def := range slices.Concat(doc.Schema, doc.SchemaExtension) {
		for _, op := range def.OperationTypes {
			s.roots[op.Operation] = op.Type
		}
	}
	if s.types["join__Graph"] != nil {
		s.clientView()
	}
	return s, nil
}

func (s *schema) add(def *ast.Definition) {
	known := s.types[def.Name]
	if known == nil {
		copied := *def
		s.types[def.Name] = &copied
		return
	}
	known.Fields = slices.Concat(known.Fields, def.Fields)
	known.EnumValues = slices.Concat(known.EnumValues, def.EnumValues)
	known.Types = slices.Concat(known.Types, def.Types)
	known.Interfaces = slices.Concat(known.Interfaces, def.Interfaces)
	known.Directives = slices.Concat(known.Directives, def.Directives)
}

// clientView leaves of a supergraph what clients see.
func (s *schema) clientView() {
	specs := []string{"join__", "link__", "policy__", "requiresScopes__", "context__", "core__"}
	ofSpec := func(name string) bool {
		return slices.ContainsFunc(specs, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	}
	hidden := func(list ast.DirectiveList) bool { return list.ForName("inaccessible") != nil }
	for name, def := range s.types {
		if ofSpec(name) || hidden(def.Directives) {
			delete(s.types, name)
		}
	}
	for name, def := range s.directives {
		if ofSpec(name) || !slices.ContainsFunc(def.Locations, executable) {
			delete(s.directives, name)
		}
	}
	for _, def := range s.types {
		def.Interfaces = slices.DeleteFunc(slices.Clone(def.Interfaces), func(name string) bool { return s.types[name] == nil })
		def.Types = slices.DeleteFunc(slices.Clone(def.Types), func(name string) bool { return s.types[name] == nil })
		def.EnumValues = slices.DeleteFunc(slices.Clone(def.EnumValues), func(v *ast.EnumValueDefinition) bool { return hidden(v.Directives) })
		def.Fields = slices.DeleteFunc(slices.Clone(def.Fields), func(f *ast.FieldDefinition) bool { return hidden(f.Directives) })
		for _, f := range def.Fields {
			f.Arguments = slices.DeleteFunc(slices.Clone(f.Arguments), func(a *ast.ArgumentDefinition) bool { return hidden(a.Directives) })
		}
	}
}

func executable(l ast.DirectiveLocation) bool {
	switch l {
	case ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription, ast.LocationField,
		ast.LocationFragmentDefinition, ast.LocationFragmentSpread, ast.LocationInlineFragment, ast.LocationVariableDefinition:
		return true
	}
	return false
}
