// Package supergraph reads a Federation 2 supergraph SDL: which subgraphs there
// are, what each can resolve, and the schema that clients see.
package supergraph

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// Supergraph is a read supergraph; it is never changed after Read.
type Supergraph struct {
	// Subgraphs in the order of the join__Graph enum.
	Subgraphs []*Subgraph
	// API is the schema that clients see, as SDL.
	API string
	// Schema is API, parsed and validated.
	Schema *ast.Schema
	// Whole is every type of the graph as SDL, the inaccessible ones too, without
	// the join directives: what plans are made on.
	Whole string
	// Definitions are the types of Whole in the order of the document.
	Definitions []*ast.Definition
	// Roots names the root types by operation ("query", "mutation", "subscription").
	Roots map[string]string

	// Labels are the labels of progressive overrides, sorted.
	Labels []string
	// Contexts are the types that set each context, by the context's name.
	Contexts map[string][]string

	rules  map[string][]*Rule
	live   map[string]Live
	common map[string]bool
}

// Subgraph is one subgraph and the part of the graph that it resolves.
type Subgraph struct {
	// Name is the name that people gave it; Graph the enum value that stands for it.
	Name, Graph string
	// URL is where it answers, as the supergraph says.
	URL   string
	Types []*Type

	byName map[string]*Type
}

// Type is a type as one subgraph knows it.
type Type struct {
	Name string
	// Kind is the kind in this subgraph: an interface object is an object here.
	Kind            ast.DefinitionKind
	Keys            []Key
	InterfaceObject bool
	Interfaces      []string
	Fields          []*Field
	Members         []string
	Values          []string
}

// Key is one @key of a type in a subgraph.
type Key struct {
	Fields     string
	Resolvable bool
}

// Field is a field as one subgraph knows it.
type Field struct {
	// Def is the definition in the whole graph.
	Def *ast.FieldDefinition
	// Type is the type in this subgraph, which may be narrower or wider.
	Type               *ast.Type
	Requires, Provides string
	// External means that the subgraph resolves it only where it provides it.
	External bool
	// Label is the condition of a progressive override, and Overrides tells
	// whether this subgraph resolves the field when the label is active or when
	// it is not.
	Label     string
	Overrides bool
	// Contexts are the arguments that are not the client's, but come from objects
	// above.
	Contexts []ContextArgument
}

// ContextArgument is an argument of a field that takes its value from a context:
// an object above the field's in the answer.
type ContextArgument struct {
	// Name of the argument, and the Type that it has in the subgraph.
	Name, Type string
	// Context is the name of the context, as the types that set it have it in
	// @context, and Selection what is taken of them.
	Context, Selection string
}

// Subgraph returns the subgraph of that name, or nil.
func (s *Supergraph) Subgraph(name string) *Subgraph {
	for _, g := range s.Subgraphs {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// Type returns the type of that name as the subgraph knows it, or nil.
func (g *Subgraph) Type(name string) *Type { return g.byName[name] }

// Field returns the field of that name, or nil.
func (t *Type) Field(name string) *Field {
	for _, f := range t.Fields {
		if f.Def.Name == name {
			return f
		}
	}
	return nil
}
