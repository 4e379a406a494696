package compose

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// readMarks reads the directives of an element that a supergraph carries on.
func (s *subgraph) readMarks(m *marks, list ast.DirectiveList) {
	for _, d := range list {
		switch {
		case s.composed[d.Name]:
			m.custom = append(m.custom, printDirective(d))
		case d.Name == "deprecated":
			reason, given := federation.StringArgument(d, "reason")
			m.deprecated = &deprecation{reason: reason, given: given}
		case d.Name == "specifiedBy":
			m.specifiedBy, _ = federation.StringArgument(d, "url")
		case d.Name == "oneOf":
			m.oneOf = true
		default:
			s.readFederationMark(m, d)
		}
	}
}

func (s *subgraph) readFederationMark(m *marks, d *ast.Directive) {
	switch s.canonical[d.Name] {
	case "tag":
		if name, ok := federation.StringArgument(d, "name"); ok {
			m.tags = appendNew(m.tags, name)
			s.uses.tag = true
		}
	case "inaccessible":
		m.inaccessible, s.uses.inaccessible = true, true
	case "authenticated":
		m.authenticated, s.uses.authenticated = true, true
	case "requiresScopes":
		m.scopes = mergeGroups(m.scopes, federation.Groups(d, "scopes"))
		s.uses.scopes = true
	case "policy":
		m.policies = mergeGroups(m.policies, federation.Groups(d, "policies"))
		s.uses.policy = true
	case "context":
		if name, ok := federation.StringArgument(d, "name"); ok {
			m.contexts = appendNew(m.contexts, name)
		}
		s.uses.context = true
	case "cost":
		if weight := d.Arguments.ForName("weight"); weight != nil {
			m.cost = weight.Value.Raw
		}
		s.uses.cost, s.uses.costName = true, d.Name
	case "listSize":
		m.listSize = readListSize(d)
		s.uses.listSize, s.uses.listSizeName = true, d.Name
	}
}

func readListSize(d *ast.Directive) *listSize {
	size := &listSize{requireOne: federation.BoolArgument(d, "requireOneSlicingArgument", true)}
	if assumed := d.Arguments.ForName("assumedSize"); assumed != nil && assumed.Value.Kind == ast.IntValue {
		size.assumed = assumed.Value.Raw
	}
	size.slicing, size.hasSlicing = stringList(d, "slicingArguments")
	size.sized, size.hasSized = stringList(d, "sizedFields")
	return size
}

func stringList(d *ast.Directive, name string) ([]string, bool) {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value.Kind != ast.ListValue {
		return nil, false
	}
	var list []string
	for _, child := range arg.Value.Children {
		list = append(list, child.Value.Raw)
	}
	return list, true
}

// merge adds the marks that another subgraph put on the same element.
func (m *marks) merge(other *marks) {
	if m.description == "" {
		m.description = other.description
	}
	if m.specifiedBy == "" {
		m.specifiedBy = other.specifiedBy
	}
	if m.deprecated == nil {
		m.deprecated = other.deprecated
	}
	m.tags = appendNew(m.tags, other.tags...)
	m.custom = appendNew(m.custom, other.custom...)
	m.inaccessible = m.inaccessible || other.inaccessible
	m.authenticated = m.authenticated || other.authenticated
	m.oneOf = m.oneOf || other.oneOf
	m.scopes = mergeGroups(m.scopes, other.scopes)
	m.policies = mergeGroups(m.policies, other.policies)
	m.cost = larger(m.cost, other.cost)
	m.listSize = m.listSize.merge(other.listSize)
}

// mergeAccess adds only what restricts access.
func (m *marks) mergeAccess(other *marks) {
	m.authenticated = m.authenticated || other.authenticated
	m.scopes = mergeGroups(m.scopes, other.scopes)
	m.policies = mergeGroups(m.policies, other.policies)
}

func (l *listSize) merge(other *listSize) *listSize {
	if l == nil || other == nil {
		return cmp.Or(l, other)
	}
	return &listSize{
		assumed:    larger(l.assumed, other.assumed),
		slicing:    appendNew(slices.Clone(l.slicing), other.slicing...),
		sized:      appendNew(slices.Clone(l.sized), other.sized...),
		hasSlicing: l.hasSlicing || other.hasSlicing,
		hasSized:   l.hasSized || other.hasSized,
		requireOne: l.requireOne && other.requireOne,
	}
}

func larger(a, b string) string {
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	if errA != nil || errB == nil && y > x {
		return b
	}
	return a
}

func appendNew[T comparable](list []T, more ...T) []T {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// mergeGroups joins two demands, each a list of alternatives: a caller must meet
// one of the first and one of the second. Alternatives that ask for more than
// another one are dropped.
func mergeGroups(a, b [][]string) [][]string {
	if len(a) == 0 || len(b) == 0 {
		return append(slices.Clone(a), b...)
	}
	byText := map[string][]string{}
	for _, x := range a {
		for _, y := range b {
			group := appendNew(slices.Clone(x), y...)
			slices.Sort(group)
			group = slices.Compact(group)
			byText[strings.Join(group, "\x00")] = group
		}
	}
	groups := make([][]string, 0, len(byText))
	for _, group := range byText {
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(x, y []string) int { return cmp.Or(cmp.Compare(len(x), len(y)), slices.Compare(x, y)) })
	var kept [][]string
	for _, group := range groups {
		covered := slices.ContainsFunc(kept, func(smaller []string) bool { return subset(smaller, group) })
		if !covered {
			kept = append(kept, group)
		}
	}
	return kept
}

func subset(small, large []string) bool {
	for _, one := range small {
		if !slices.Contains(large, one) {
			return false
		}
	}
	return true
}
