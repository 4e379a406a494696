package supergraph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Read reads a supergraph SDL (join v0.1 to v0.5). The error names what is
// wrong with it.
func Read(sdl string) (*Supergraph, error) {
	doc, err := parser.ParseSchema(&ast.Source{Name: "supergraph", Input: sdl})
	if err != nil {
		return nil, fmt.Errorf("parse supergraph: %w", err)
	}
	r := &reader{doc: doc, names: linkedNames(doc), byGraph: map[string]*Subgraph{}}
	s := &Supergraph{Roots: rootTypes(doc)}
	if s.Subgraphs, err = r.subgraphs(); err != nil {
		return nil, err
	}
	for _, def := range merged(doc) {
		if machinery(def.Name) {
			continue
		}
		if err := r.readType(def); err != nil {
			return nil, err
		}
		s.Definitions = append(s.Definitions, def)
	}
	r.index()
	r.addProvided(s.Definitions)
	s.Labels = r.labels()
	s.Contexts = r.contexts(s.Definitions)
	s.rules = r.readRules(s.Definitions)
	if err := s.readLive(doc); err != nil {
		return nil, err
	}
	s.Whole = printWhole(s.Definitions, s.Roots, r.names)
	if s.API, s.Schema, err = clientSchema(doc, s.Definitions, s.Roots, r.names); err != nil {
		return nil, err
	}
	return s, nil
}

// reader walks one supergraph document and fills its subgraphs.
type reader struct {
	doc     *ast.SchemaDocument
	names   names
	order   []*Subgraph
	byGraph map[string]*Subgraph
}

// subgraphs reads the enum join__Graph.
func (r *reader) subgraphs() ([]*Subgraph, error) {
	enum := r.doc.Definitions.ForName("join__Graph")
	if enum == nil {
		return nil, fmt.Errorf("this is no supergraph: it has no enum join__Graph")
	}
	for _, v := range enum.EnumValues {
		d := v.Directives.ForName("join__graph")
		if d == nil {
			return nil, fmt.Errorf("the value %s of join__Graph has no @join__graph", v.Name)
		}
		g := &Subgraph{Graph: v.Name, Name: text(d, "name"), URL: text(d, "url"), byName: map[string]*Type{}}
		r.order = append(r.order, g)
		r.byGraph[v.Name] = g
	}
	return r.order, nil
}

// index lets every subgraph find its types by name.
func (r *reader) index() {
	for _, g := range r.order {
		for _, t := range g.Types {
			g.byName[t.Name] = t
		}
	}
}

// labels are the labels of all fields.
func (r *reader) labels() []string {
	var labels []string
	for _, g := range r.order {
		for _, t := range g.Types {
			for _, f := range t.Fields {
				if f.Label != "" && !slices.Contains(labels, f.Label) {
					labels = append(labels, f.Label)
				}
			}
		}
	}
	slices.Sort(labels)
	return labels
}

// contexts are the types that set each context.
func (r *reader) contexts(defs []*ast.Definition) map[string][]string {
	found := map[string][]string{}
	for _, def := range defs {
		for _, d := range def.Directives.ForNames(r.names.context) {
			found[text(d, "name")] = append(found[text(d, "name")], def.Name)
		}
	}
	return found
}

// merged is the type definitions with their extensions folded in.
func merged(doc *ast.SchemaDocument) []*ast.Definition {
	for _, ext := range doc.Extensions {
		if base := doc.Definitions.ForName(ext.Name); base != nil {
			base.Directives = append(base.Directives, ext.Directives...)
			base.Interfaces = append(base.Interfaces, ext.Interfaces...)
			base.Fields = append(base.Fields, ext.Fields...)
			base.Types = append(base.Types, ext.Types...)
			base.EnumValues = append(base.EnumValues, ext.EnumValues...)
			continue
		}
		doc.Definitions = append(doc.Definitions, ext)
	}
	doc.Extensions = nil
	return doc.Definitions
}

// machinery tells whether a type belongs to the supergraph format and not to
// the graph.
func machinery(name string) bool {
	for _, prefix := range []string{"join__", "link__", "core__", "federation__", "context__"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func rootTypes(doc *ast.SchemaDocument) map[string]string {
	roots := map[string]string{}
	for _, def := range append(append(ast.SchemaDefinitionList{}, doc.Schema...), doc.SchemaExtension...) {
		for _, op := range def.OperationTypes {
			roots[string(op.Operation)] = op.Type
		}
	}
	for op, name := range map[string]string{"query": "Query", "mutation": "Mutation", "subscription": "Subscription"} {
		if _, named := roots[op]; !named && doc.Definitions.ForName(name) != nil {
			roots[op] = name
		}
	}
	return roots
}

func text(d *ast.Directive, name string) string {
	if a := d.Arguments.ForName(name); a != nil && a.Value.Kind != ast.NullValue {
		return a.Value.Raw
	}
	return ""
}

func truth(d *ast.Directive, name string, otherwise bool) bool {
	if a := d.Arguments.ForName(name); a != nil && a.Value.Kind == ast.BooleanValue {
		return a.Value.Raw == "true"
	}
	return otherwise
}

// names are the directives of specifications that a supergraph links, which
// may be renamed.
type names struct {
	inaccessible, authenticated, requiresScopes, policy, context string
}

func linkedNames(doc *ast.SchemaDocument) names {
	n := names{inaccessible: "inaccessible", authenticated: "authenticated", requiresScopes: "requiresScopes", policy: "policy", context: "context"}
	for _, def := range doc.Schema {
		for _, d := range def.Directives {
			if d.Name != "link" && d.Name != "core" {
				continue
			}
			url, as := text(d, "url")+text(d, "feature"), text(d, "as")
			switch {
			case as == "":
			case strings.Contains(url, "/inaccessible/"):
				n.inaccessible = as
			case strings.Contains(url, "/authenticated/"):
				n.authenticated = as
			case strings.Contains(url, "/requiresScopes/"):
				n.requiresScopes = as
			case strings.Contains(url, "/policy/"):
				n.policy = as
			case strings.Contains(url, "/context/"):
				n.context = as
			}
		}
	}
	return n
}
