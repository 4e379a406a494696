package differential_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/compose"
)

// queryCuts leave out selections, directives and fragments of the request.
func queryCuts(t trial) []func() (trial, bool) {
	doc, err := parser.ParseQuery(&ast.Source{Input: t.request.Query})
	if err != nil {
		return nil
	}
	n := 0
	cutQuery(doc, -1, &n)
	cuts := make([]func() (trial, bool), 0, n)
	for i := range n {
		cuts = append(cuts, func() (trial, bool) {
			doc, err := parser.ParseQuery(&ast.Source{Input: t.request.Query})
			if err != nil {
				return t, false
			}
			at := 0
			cutQuery(doc, i, &at)
			next := t
			next.request.Variables = maps.Clone(t.request.Variables)
			if !tidy(doc, next.request.Variables) {
				return t, false
			}
			next.request.Query = printQuery(doc)
			return next, next.request.Query != t.request.Query
		})
	}
	return cuts
}

func printQuery(doc *ast.QueryDocument) string {
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatQueryDocument(doc)
	return strings.TrimSpace(b.String())
}

// cutQuery makes the cut with the number which; at counts them.
func cutQuery(doc *ast.QueryDocument, which int, at *int) {
	here := func() bool { *at++; return *at-1 == which }
	var walk func(set ast.SelectionSet) ast.SelectionSet
	walk = func(set ast.SelectionSet) ast.SelectionSet {
		var out ast.SelectionSet
		for _, selection := range set {
			if here() {
				continue
			}
			switch s := selection.(type) {
			case *ast.Field:
				if len(s.Directives) > 0 && here() {
					s.Directives = nil
				}
				if s.Alias != s.Name && here() {
					s.Alias = s.Name
				}
				s.SelectionSet = walk(s.SelectionSet)
			case *ast.InlineFragment:
				if len(s.Directives) > 0 && here() {
					s.Directives = nil
				}
				if here() {
					out = append(out, s.SelectionSet...)
					continue
				}
				s.SelectionSet = walk(s.SelectionSet)
			case *ast.FragmentSpread:
				if len(s.Directives) > 0 && here() {
					s.Directives = nil
				}
				if f := doc.Fragments.ForName(s.Name); here() {
					out = append(out, &ast.InlineFragment{TypeCondition: f.TypeCondition, Directives: s.Directives, SelectionSet: f.SelectionSet})
					continue
				}
			}
			out = append(out, selection)
		}
		return out
	}
	for _, op := range doc.Operations {
		op.SelectionSet = walk(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		f.SelectionSet = walk(f.SelectionSet)
	}
}

// tidy leaves out what is not used any more; it is false for a document in which
// a selection is empty that had something.
func tidy(doc *ast.QueryDocument, variables map[string]any) bool {
	used := map[string]bool{}
	whole := true
	var walk func(set ast.SelectionSet)
	value := func(v *ast.Value) { collectVariables(v, used) }
	directives := func(list ast.DirectiveList) {
		for _, d := range list {
			for _, a := range d.Arguments {
				value(a.Value)
			}
		}
	}
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				directives(s.Directives)
				for _, a := range s.Arguments {
					value(a.Value)
				}
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				directives(s.Directives)
				whole = whole && len(s.SelectionSet) > 0
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				directives(s.Directives)
				if f := doc.Fragments.ForName(s.Name); f != nil && !used["..."+s.Name] {
					used["..."+s.Name] = true
					whole = whole && len(f.SelectionSet) > 0
					walk(f.SelectionSet)
				}
			}
		}
	}
	for _, op := range doc.Operations {
		whole = whole && len(op.SelectionSet) > 0
		walk(op.SelectionSet)
		op.VariableDefinitions = slices.DeleteFunc(op.VariableDefinitions, func(d *ast.VariableDefinition) bool { return !used[d.Variable] })
	}
	doc.Fragments = slices.DeleteFunc(doc.Fragments, func(f *ast.FragmentDefinition) bool { return !used["..."+f.Name] })
	maps.DeleteFunc(variables, func(name string, _ any) bool { return !used[name] })
	return whole
}

func collectVariables(v *ast.Value, used map[string]bool) {
	if v == nil {
		return
	}
	if v.Kind == ast.Variable {
		used[v.Raw] = true
	}
	for _, child := range v.Children {
		collectVariables(child.Value, used)
	}
}

// graphCuts leave out subgraphs, types, fields, arguments and directives.
func graphCuts(t trial) []func() (trial, bool) {
	var cuts []func() (trial, bool)
	for i := range t.set {
		if len(t.set) > 1 {
			cuts = append(cuts, func() (trial, bool) {
				next := t
				next.set = slices.Delete(slices.Clone(t.set), i, i+1)
				return next, true
			})
		}
	}
	for i := range t.set {
		n := 0
		if _, ok := cutSchema(t.set[i].SDL, -1, &n); !ok {
			continue
		}
		for which := range n {
			cuts = append(cuts, func() (trial, bool) {
				at := 0
				sdl, ok := cutSchema(t.set[i].SDL, which, &at)
				if !ok {
					return t, false
				}
				next := t
				next.set = slices.Clone(t.set)
				next.set[i] = compose.Subgraph{Name: t.set[i].Name, URL: t.set[i].URL, File: t.set[i].File, SDL: sdl}
				return next, true
			})
		}
	}
	return cuts
}

// cutSchema makes the cut with the number which; at counts them. The first line
// is kept where it links the specification.
func cutSchema(sdl string, which int, at *int) (string, bool) {
	link := ""
	if strings.HasPrefix(sdl, "extend schema") {
		link, sdl, _ = strings.Cut(sdl, "\n")
		link += "\n"
	}
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	if err != nil {
		return "", false
	}
	here := func() bool { *at++; return *at-1 == which }
	cutDirectives := func(list ast.DirectiveList) ast.DirectiveList {
		return slices.DeleteFunc(list, func(*ast.Directive) bool { return here() })
	}
	cutDefinitions := func(list ast.DefinitionList) ast.DefinitionList {
		list = slices.DeleteFunc(list, func(*ast.Definition) bool { return here() })
		for _, def := range list {
			def.Directives = cutDirectives(def.Directives)
			def.Interfaces = slices.DeleteFunc(def.Interfaces, func(string) bool { return here() })
			def.Types = slices.DeleteFunc(def.Types, func(string) bool { return here() })
			def.Fields = slices.DeleteFunc(def.Fields, func(*ast.FieldDefinition) bool { return here() })
			for _, f := range def.Fields {
				f.Directives = cutDirectives(f.Directives)
				f.Arguments = slices.DeleteFunc(f.Arguments, func(*ast.ArgumentDefinition) bool { return here() })
			}
		}
		return list
	}
	doc.Definitions, doc.Extensions = cutDefinitions(doc.Definitions), cutDefinitions(doc.Extensions)
	for _, def := range append(slices.Clone(doc.Definitions), doc.Extensions...) {
		if (def.Kind == ast.Object || def.Kind == ast.Interface) && len(def.Fields) == 0 || def.Kind == ast.Union && len(def.Types) == 0 {
			return "", false
		}
	}
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return link + strings.TrimSpace(b.String()) + "\n", true
}
