package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"gopkg.in/yaml.v3"

	"heddle/internal/caller"
)

// ruleConfig says for whom something holds: the label of a progressive override,
// or a policy. All that is given must be met; a name alone holds for everybody.
type ruleConfig struct {
	Name string `yaml:"name"`
	// Percent is of how many in a hundred: of people, each always or never; of
	// requests without a token, at random.
	Percent *float64 `yaml:"percent"`
	// Role and Scope are those of the token.
	Role  string `yaml:"role"`
	Scope string `yaml:"scope"`
}

// UnmarshalYAML takes a name alone, too.
func (r *ruleConfig) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&r.Name)
	}
	type plain ruleConfig
	if err := node.Decode((*plain)(r)); err != nil {
		return err
	}
	for i := 0; i < len(node.Content); i += 2 {
		switch key := node.Content[i]; key.Value {
		case "name", "percent", "role", "scope":
		default:
			return fmt.Errorf("line %d: a rule has name, percent, role and scope, but no %q", key.Line, key.Value)
		}
	}
	switch {
	case r.Name == "":
		return fmt.Errorf("line %d: a rule has no name", node.Line)
	case r.Percent != nil && (*r.Percent < 0 || *r.Percent > 100):
		return fmt.Errorf("line %d: %g is not a number of percent", node.Line, *r.Percent)
	}
	return nil
}

// holds tells whether the rule holds for a request.
func (r ruleConfig) holds(ctx context.Context) bool {
	who, known := caller.From(ctx)
	if r.Role != "" && (!known || !who.HasRole(r.Role)) || r.Scope != "" && (!known || !who.HasScope(r.Scope)) {
		return false
	}
	if r.Percent == nil {
		return true
	}
	share := rand.Float64()
	if known {
		h := fnv.New64a()
		_, _ = h.Write([]byte(r.Name + "\x00" + who.ID)) // it never fails
		share = float64(h.Sum64()%1_000_000) / 1_000_000
	}
	return share*100 < *r.Percent
}

// rules are those of several names. Where one name has several, one must hold.
type rules []ruleConfig

func (list rules) hold(ctx context.Context, name string) bool {
	for _, r := range list {
		if r.Name == name && r.holds(ctx) {
			return true
		}
	}
	return false
}

// holding tells which of some names hold.
func (list rules) holding(ctx context.Context, names []string) map[string]bool {
	holding := make(map[string]bool, len(names))
	for _, name := range names {
		holding[name] = list.hold(ctx, name)
	}
	return holding
}
