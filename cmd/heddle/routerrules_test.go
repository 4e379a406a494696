package main

import (
	"context"
	"fmt"
	"testing"

	"heddle/internal/caller"
)

// Who a rule holds for.
func TestRules_hold(t *testing.T) {
	t.Parallel()
	list := rules{
		{Name: "all"}, {Name: "none", Percent: new(0.0)}, {Name: "each", Percent: new(100.0)},
		{Name: "staff", Role: "ADMIN"}, {Name: "staff", Scope: "staff"}, {Name: "both", Role: "ADMIN", Scope: "staff"},
	}
	names := []string{"all", "none", "each", "staff", "both", "unknown"}
	for who, c := range map[string]struct {
		caller *caller.Caller
		want   string
	}{
		"nobody":           {nil, "map[all:true both:false each:true none:false staff:false unknown:false]"},
		"somebody":         {&caller.Caller{ID: "1"}, "map[all:true both:false each:true none:false staff:false unknown:false]"},
		"an administrator": {&caller.Caller{ID: "1", Roles: []string{"ADMIN"}}, "map[all:true both:false each:true none:false staff:true unknown:false]"},
		"a scope":          {&caller.Caller{ID: "1", Scopes: []string{"staff"}}, "map[all:true both:false each:true none:false staff:true unknown:false]"},
		"both":             {&caller.Caller{ID: "1", Roles: []string{"ADMIN"}, Scopes: []string{"staff"}}, "map[all:true both:true each:true none:false staff:true unknown:false]"},
	} {
		ctx := context.Background()
		if c.caller != nil {
			ctx = caller.With(ctx, *c.caller)
		}
		if got := fmt.Sprint(list.holding(ctx, names)); got != c.want {
			t.Errorf("%s: %s, want %s", who, got, c.want)
		}
	}
}

// A part of all people, and each of them always or never.
func TestRules_hold_for_a_part_of_people(t *testing.T) {
	t.Parallel()
	list := rules{{Name: "some", Percent: new(20.0)}}
	n := 0
	for i := range 10_000 {
		ctx := caller.With(context.Background(), caller.Caller{ID: fmt.Sprint("person ", i)})
		first := list.hold(ctx, "some")
		if list.hold(ctx, "some") != first {
			t.Fatalf("person %d was treated in two ways", i)
		}
		if first {
			n++
		}
	}
	if n < 1800 || n > 2200 {
		t.Errorf("it holds for %d of 10,000 people, not for about 2,000", n)
	}
}
