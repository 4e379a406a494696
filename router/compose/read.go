package compose

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/federation"
)

// readSubgraphs parses and normalises every subgraph, and sorts them.
func readSubgraphs(in []Subgraph) ([]*subgraph, Errors) {
	var errs Errors
	var subs []*subgraph
	names := map[string]bool{}
	for _, one := range in {
		if one.Name == "" || one.Name == "_" || names[one.Name] {
			errs = append(errs, badName(one, names[one.Name]))
			continue
		}
		names[one.Name] = true
		s, found := parseSubgraph(one)
		errs = append(errs, found...)
		subs = append(subs, s)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	slices.SortFunc(subs, func(a, b *subgraph) int { return cmp.Compare(a.name, b.name) })
	assignIDs(subs)
	sortSubgraphs(subs)
	for _, s := range subs {
		s.normalise()
	}
	return subs, nil
}

func badName(s Subgraph, taken bool) Error {
	message := fmt.Sprintf("Invalid name %q for a subgraph: this name is reserved.", s.Name)
	switch {
	case taken:
		message = fmt.Sprintf("Two subgraphs are named %q.", s.Name)
	case s.Name == "":
		message = "A subgraph has no name."
	}
	return Error{Code: "INVALID_SUBGRAPH_NAME", Message: message, Locations: []Location{{Subgraph: s.Name, File: cmp.Or(s.File, s.Name), Line: 1, Column: 1}}}
}

// maxDepth is how deep values, types and selections may nest. The parser
// recurses, so input without bounds could exhaust its stack.
const maxDepth = 200

func parseSubgraph(in Subgraph) (*subgraph, Errors) {
	s := &subgraph{name: in.Name, url: in.URL, file: in.File}
	if s.file == "" {
		s.file = in.Name
	}
	if strings.TrimSpace(in.SDL) == "" {
		return s, Errors{{Code: "INVALID_GRAPHQL", Message: fmt.Sprintf("[%s] The schema is empty.", s.name), Locations: []Location{s.start()}}}
	}
	if at, deep := tooDeep(in.SDL); deep {
		return s, Errors{{Code: "INVALID_GRAPHQL", Message: fmt.Sprintf("[%s] The schema nests deeper than %d.", s.name, maxDepth), Locations: []Location{s.place(at, in.SDL)}}}
	}
	doc, err := parser.ParseSchema(&ast.Source{Name: s.file, Input: in.SDL})
	if err != nil {
		return s, Errors{s.syntaxError(err)}
	}
	s.doc = doc
	if errs := s.emptySchemas(); len(errs) > 0 {
		return s, errs
	}
	return s, s.readLinks()
}

// emptySchemas: GraphQL, "Root Operation Types": a schema definition names at
// least one. The parser takes one that does not.
func (s *subgraph) emptySchemas() Errors {
	var errs Errors
	for _, def := range s.doc.Schema {
		if len(def.OperationTypes) == 0 {
			errs = append(errs, Error{Code: "INVALID_GRAPHQL", Message: fmt.Sprintf("[%s] A schema definition names at least one root operation type.", s.name),
				Locations: []Location{s.at(def.Position)}, Suggestion: "Write extend schema."})
		}
	}
	return errs
}

func (s *subgraph) syntaxError(err error) Error {
	e := Error{Code: "INVALID_GRAPHQL", Message: fmt.Sprintf("[%s] %s", s.name, err), Locations: []Location{s.start()}}
	var parsed *gqlerror.Error
	if errors.As(err, &parsed) && len(parsed.Locations) > 0 {
		e.Message = fmt.Sprintf("[%s] %s", s.name, parsed.Message)
		e.Locations[0].Line, e.Locations[0].Column = parsed.Locations[0].Line, parsed.Locations[0].Column
	}
	return e
}

// place is the line and column of a byte of the text.
func (s *subgraph) place(at int, text string) Location {
	before := text[:at]
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return Location{Subgraph: s.name, File: s.file, Line: strings.Count(before, "\n") + 1, Column: column}
}

// tooDeep finds the first bracket that is nested too deep, outside strings and
// comments.
func tooDeep(text string) (at int, deep bool) {
	now := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[', '{', '(':
			if now++; now > maxDepth {
				return i, true
			}
		case ']', '}', ')':
			now = max(0, now-1)
		case '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case '"':
			i = endOfString(text, i)
		}
	}
	return 0, false
}

// endOfString is where the string that begins at start ends.
func endOfString(text string, start int) int {
	if strings.HasPrefix(text[start:], `"""`) {
		for i := start + 3; i < len(text); i++ {
			if strings.HasPrefix(text[i:], `\"""`) {
				i += 3
			} else if strings.HasPrefix(text[i:], `"""`) {
				return i + 2
			}
		}
		return len(text)
	}
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"', '\n':
			return i
		}
	}
	return len(text)
}

// schemaDirectives are the directives on the schema definition and its extensions.
func (s *subgraph) schemaDirectives() ast.DirectiveList {
	var list ast.DirectiveList
	for _, def := range s.doc.Schema {
		list = append(list, def.Directives...)
	}
	for _, def := range s.doc.SchemaExtension {
		list = append(list, def.Directives...)
	}
	return list
}

// canonicalNames lists what this schema calls each directive of its version of
// the specification. Other specifications may bring one too, as inaccessible.
func (s *subgraph) canonicalNames() {
	s.canonical = map[string]string{}
	for _, link := range s.links {
		if d := federation.Directive(link.Name); d != nil && strings.HasPrefix(link.Identity, "https://specs.apollo.dev/") {
			local, _ := link.LocalDirective(d.Name)
			s.canonical[local] = d.Name
		}
	}
	for _, d := range federation.Directives {
		if !d.In(s.version) {
			continue
		}
		if s.version == federation.V1 {
			s.canonical[d.Name] = d.Name
			continue
		}
		local, _ := s.federation.LocalDirective(d.Name)
		s.canonical[local] = d.Name
		s.canonical[s.federation.Prefix()+"__"+d.Name] = d.Name
	}
}

// is says whether a directive is the specification's directive of that name.
func (s *subgraph) is(d *ast.Directive, name string) bool { return s.canonical[d.Name] == name }

// find gives the first application of a directive of the specification.
func (s *subgraph) find(list ast.DirectiveList, name string) *ast.Directive {
	for _, d := range list {
		if s.is(d, name) {
			return d
		}
	}
	return nil
}
