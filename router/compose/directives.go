package compose

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// mergedDirective is a directive definition of the supergraph.
type mergedDirective struct {
	name       string
	repeatable bool
	locations  []string
	args       []*mergedInput
	executable bool
	composed   bool
	parts      []directivePart
}

type directivePart struct {
	def *ast.DirectiveDefinition
	sub *subgraph
}

var executableLocations = map[ast.DirectiveLocation]bool{
	ast.LocationQuery: true, ast.LocationMutation: true, ast.LocationSubscription: true,
	ast.LocationField: true, ast.LocationFragmentDefinition: true, ast.LocationFragmentSpread: true,
	ast.LocationInlineFragment: true, ast.LocationVariableDefinition: true,
}

// mergeDirectives keeps the directives that clients may use, as far as every
// subgraph has them, and the custom ones that @composeDirective carries.
func (s *supergraph) mergeDirectives() {
	byName := map[string]*mergedDirective{}
	for _, sub := range s.subs {
		for _, def := range sub.directives {
			executable := isExecutable(def)
			if !executable && !sub.composed[def.Name] {
				continue
			}
			m := byName[def.Name]
			if m == nil {
				m = &mergedDirective{name: def.Name}
				byName[def.Name] = m
				s.directives = append(s.directives, m)
			}
			m.executable = m.executable || executable
			m.composed = m.composed || sub.composed[def.Name]
			m.repeatable = m.repeatable || def.IsRepeatable
			m.parts = append(m.parts, directivePart{def, sub})
			for _, l := range def.Locations {
				m.locations = appendNew(m.locations, string(l))
			}
			m.addArguments(def, sub)
		}
	}
	s.directives = slices.DeleteFunc(s.directives, func(m *mergedDirective) bool { return !m.settle(len(s.subs)) })
	slices.SortFunc(s.directives, func(a, b *mergedDirective) int { return cmp.Compare(a.name, b.name) })
}

func (m *mergedDirective) addArguments(def *ast.DirectiveDefinition, sub *subgraph) {
	for _, a := range def.Arguments {
		read := sub.readInput(a.Name, a.Description, a.Type, a.DefaultValue, a.Directives, a.Position)
		i := slices.IndexFunc(m.args, func(o *mergedInput) bool { return o.name == a.Name })
		if i < 0 {
			i = len(m.args)
			m.args = append(m.args, &mergedInput{name: a.Name})
		}
		m.args[i].parts = append(m.args[i].parts, inputPart{read, sub})
	}
}

// settle merges the arguments and drops the locations of an executable directive
// that some subgraph lacks. It says whether anything is left.
func (m *mergedDirective) settle(subgraphs int) bool {
	for _, a := range m.args {
		a.mergeParts(len(m.parts))
		a.everywhere, a.ofDirective = true, true
	}
	if !m.executable {
		return true
	}
	for _, a := range m.args {
		if len(a.parts) != subgraphs || slices.ContainsFunc(a.parts, func(p inputPart) bool { return p.typ.String() != a.typ.String() }) {
			return false
		}
	}
	m.locations = slices.DeleteFunc(m.locations, func(location string) bool {
		l := ast.DirectiveLocation(location)
		if !executableLocations[l] {
			return !m.composed
		}
		return slices.ContainsFunc(m.parts, func(p directivePart) bool { return !slices.Contains(p.def.Locations, l) })
	})
	return len(m.locations) > 0
}
