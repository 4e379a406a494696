package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// signature is what a schema allows of a directive.
type signature struct {
	locations  []ast.DirectiveLocation
	repeatable bool
	args       []signatureArgument
}

type signatureArgument struct {
	name     string
	typ      *ast.Type
	optional bool
}

func (s *signature) arg(name string) *signatureArgument {
	for i := range s.args {
		if s.args[i].name == name {
			return &s.args[i]
		}
	}
	return nil
}

// signatures are those of every directive that the schema may use: its own, the
// ones of GraphQL, and the ones of the linked specifications.
func (s *subgraph) signatures() map[string]*signature {
	all := map[string]*signature{
		"deprecated": {
			locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationArgumentDefinition, ast.LocationInputFieldDefinition, ast.LocationEnumValue},
			args:      []signatureArgument{{"reason", namedType("String"), true}},
		},
		"specifiedBy": {locations: []ast.DirectiveLocation{ast.LocationScalar}, args: []signatureArgument{{"url", nonNull("String"), false}}},
		"oneOf":       {locations: []ast.DirectiveLocation{ast.LocationInputObject}},
		"skip":        {},
		"include":     {},
		"link": {locations: []ast.DirectiveLocation{ast.LocationSchema}, repeatable: true, args: []signatureArgument{
			{"url", namedType("String"), true}, {"as", namedType("String"), true}, {"for", namedType("link__Purpose"), true}, {"import", nil, true},
		}},
	}
	for local, name := range s.canonical {
		all[local] = s.specSignature(federation.Directive(name))
	}
	for _, def := range s.doc.Directives {
		own := &signature{locations: def.Locations, repeatable: def.IsRepeatable}
		for _, a := range def.Arguments {
			own.args = append(own.args, signatureArgument{a.Name, a.Type, !a.Type.NonNull || a.DefaultValue != nil})
		}
		all[def.Name] = own
	}
	return all
}

func (s *subgraph) specSignature(d *federation.Definition) *signature {
	version := s.version
	sig := &signature{locations: d.Locations, repeatable: d.RepeatableIn(version)}
	for _, a := range d.ArgumentsIn(version) {
		typ := parseType(a.Type)
		sig.args = append(sig.args, signatureArgument{a.Name, typ, !typ.NonNull || a.Default != ""})
	}
	return sig
}

// parseType reads a type as the vocabulary writes it.
func parseType(text string) *ast.Type {
	typ := &ast.Type{}
	if strings.HasSuffix(text, "!") {
		typ.NonNull, text = true, strings.TrimSuffix(text, "!")
	}
	if strings.HasPrefix(text, "[") {
		typ.Elem = parseType(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
		return typ
	}
	typ.NamedType = text
	return typ
}

func namedType(name string) *ast.Type { return &ast.Type{NamedType: name} }

func nonNull(name string) *ast.Type { return &ast.Type{NamedType: name, NonNull: true} }

// knownDirectives: GraphQL, "Directives Are Defined", "In Valid Locations", "Are
// Unique per Location".
func knownDirectives(s *subgraph) Errors {
	r := report{sub: s}
	known := s.signatures()
	onElement := map[string]map[string]bool{}
	s.applications(func(a application) {
		sig := known[a.Name]
		if sig == nil {
			s.unknownDirective(&r, a, known)
			return
		}
		if !slices.Contains(sig.locations, a.location) {
			r.graphql(a.Position, "Directive %q may not be used on %s.", "@"+a.Name, a.location)
		}
		place := a.coordinate + " " + string(a.location)
		if onElement[place] == nil {
			onElement[place] = map[string]bool{}
		}
		if !sig.repeatable && onElement[place][a.Name] {
			r.graphql(a.Position, "The directive %q can only be used once at this location.", "@"+a.Name).suggest("Remove the second @%s.", a.Name)
		}
		onElement[place][a.Name] = true
	})
	return r.errs
}

func (s *subgraph) unknownDirective(r *report, a application, known map[string]*signature) {
	e := r.graphql(a.Position, "Unknown directive %q.", "@"+a.Name)
	def := federation.Directive(a.Name)
	switch {
	case def != nil && s.version == federation.V1:
		e.Message += " It is a directive of Federation 2, but this schema is one of Federation 1."
		e.suggest(`Add extend schema @link(url: "%s/%s", import: ["@%s"]).`, federation.Identity, federation.Latest, a.Name)
	case def != nil && def.In(s.version):
		e.Message += " It is a directive of Federation that is not imported."
		e.suggest(`Add "@%s" to the import argument of the @link to federation, or write @%s__%s.`, a.Name, s.federation.Prefix(), a.Name)
	case def != nil:
		e.Message += " This schema links Federation " + s.version.String() + ", which does not have it yet."
		e.suggest("Link federation/%s.", def.Since)
	default:
		var candidates []string
		for name := range known {
			candidates = append(candidates, name)
		}
		slices.Sort(candidates)
		if guess, ok := closest(a.Name, candidates); ok {
			e.suggest("Did you mean @%s?", guess)
		}
	}
}
