package execute

import (
	"context"

	"heddle/internal/caller"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// denied are the fields of a document that the caller in ctx may not see. They
// are null in the answer, each with an error, and no subgraph is asked for them.
func (g *Graph) denied(ctx context.Context, doc *operation.Document) operation.Denied {
	if !g.super.Restricted() {
		return nil
	}
	who, known := caller.From(ctx)
	rules := map[string][]*supergraph.Rule{}
	var policies []string
	for _, at := range doc.Coordinates() {
		if of := g.super.Rules(at[0], at[1]); of != nil {
			rules[at[0]+"."+at[1]] = of
			policies = appendPolicies(policies, of)
		}
	}
	holding := map[string]bool{}
	if len(policies) > 0 && g.opts.Policies != nil {
		holding = g.opts.Policies(ctx, policies)
	}
	var denied operation.Denied
	for coordinate, of := range rules {
		for _, rule := range of {
			if rule.Holds(known, who.HasScope, func(name string) bool { return holding[name] }) {
				continue
			}
			if denied == nil {
				denied = operation.Denied{}
			}
			denied[coordinate] = operation.Forbidden
			if !known {
				denied[coordinate] = operation.Unauthenticated
			}
		}
	}
	return denied
}

// appendPolicies adds the policies of rules, each once.
func appendPolicies(names []string, rules []*supergraph.Rule) []string {
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	for _, rule := range rules {
		for _, all := range rule.Policies {
			for _, name := range all {
				if !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// refusal tells a client why a field is null.
func refusal(m operation.Marker) string {
	if m.Denied == operation.Unauthenticated {
		return m.Coordinate + " is for signed-in callers: send an access token."
	}
	return m.Coordinate + " needs a permission that you do not have."
}
