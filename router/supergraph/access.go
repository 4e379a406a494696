package supergraph

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Rule is what a caller must be for a field: all of what it says must hold.
type Rule struct {
	// Authenticated asks for a caller who is known (@authenticated).
	Authenticated bool
	// Scopes asks for a caller who has all scopes of one of the lists
	// (@requiresScopes).
	Scopes [][]string
	// Policies asks that all policies of one of the lists hold (@policy).
	Policies [][]string
}

// Holds tells whether a caller meets the rule: has tells of scopes, holds of
// policies. No list at all asks for nothing.
func (r *Rule) Holds(known bool, has, holds func(string) bool) bool {
	return (!r.Authenticated || known) && anyOf(r.Scopes, has) && anyOf(r.Policies, holds)
}

// anyOf tells whether all of one list are met.
func anyOf(lists [][]string, met func(string) bool) bool {
	return len(lists) == 0 || slices.ContainsFunc(lists, func(all []string) bool {
		return !slices.ContainsFunc(all, func(name string) bool { return !met(name) })
	})
}

// Rules are those that a caller must meet for a field, each of them: the field's
// own, those of its type and of the type it returns, and, for the field of an
// interface, those of every type that may stand behind it. Most fields have none.
func (s *Supergraph) Rules(typeName, field string) []*Rule {
	return s.rules[typeName+"."+field]
}

// Restricted tells whether any field has a rule.
func (s *Supergraph) Restricted() bool { return len(s.rules) > 0 }

// readRules finds the rules of all fields.
func (r *reader) readRules(defs []*ast.Definition) map[string][]*Rule {
	own := map[string]*Rule{}
	for _, def := range defs {
		if rule := r.rule(def.Directives); rule != nil {
			own[def.Name] = rule
		}
	}
	rules := map[string][]*Rule{}
	for _, def := range defs {
		for _, f := range def.Fields {
			for _, rule := range []*Rule{own[def.Name], own[f.Type.Name()], r.rule(f.Directives)} {
				addRule(rules, def.Name+"."+f.Name, rule)
			}
		}
	}
	for _, def := range defs {
		for _, f := range def.Fields {
			for _, i := range def.Interfaces {
				for _, rule := range rules[def.Name+"."+f.Name] {
					if def.Kind == ast.Object {
						addRule(rules, i+"."+f.Name, rule)
					}
				}
			}
		}
	}
	return rules
}

func addRule(rules map[string][]*Rule, coordinate string, rule *Rule) {
	if rule != nil && !slices.Contains(rules[coordinate], rule) {
		rules[coordinate] = append(rules[coordinate], rule)
	}
}

// rule reads the directives that restrict who may see something.
func (r *reader) rule(list ast.DirectiveList) *Rule {
	rule := Rule{Authenticated: list.ForName(r.names.authenticated) != nil}
	if d := list.ForName(r.names.requiresScopes); d != nil {
		rule.Scopes = nameLists(d, "scopes")
	}
	if d := list.ForName(r.names.policy); d != nil {
		rule.Policies = nameLists(d, "policies")
	}
	if !rule.Authenticated && rule.Scopes == nil && rule.Policies == nil {
		return nil
	}
	return &rule
}

// nameLists reads lists of lists of names; a name that stands for a list is one.
func nameLists(d *ast.Directive, argument string) [][]string {
	lists := [][]string{}
	a := d.Arguments.ForName(argument)
	if a == nil {
		return lists
	}
	for _, outer := range a.Value.Children {
		var list []string
		for _, inner := range outer.Value.Children {
			list = append(list, strings.TrimSpace(inner.Value.Raw))
		}
		if outer.Value.Kind != ast.ListValue {
			list = []string{strings.TrimSpace(outer.Value.Raw)}
		}
		lists = append(lists, list)
	}
	return lists
}
