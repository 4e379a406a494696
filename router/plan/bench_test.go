package plan_test

import (
	"context"
	"testing"

	"heddle/bench/gateway/shop"
	"heddle/router/operation"
	"heddle/router/plan"
	"heddle/router/supergraph"
)

// BenchmarkPlan plans the request of the gateway benchmark, which nobody has
// planned before; BenchmarkRead is what comes before that.
func BenchmarkPlan(b *testing.B) {
	super, planner, names := shopPlanner(b)
	doc, errs := operation.Read(super.Schema, names, operation.Request{Query: shop.Query()}, operation.Limits{})
	if errs != nil {
		b.Fatal(errs)
	}
	n, errs := doc.Normalise(nil, nil, false)
	if errs != nil {
		b.Fatal(errs)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := plan.NewCache(planner, plan.CacheOptions{}).Get(context.Background(), n, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	super, _, names := shopPlanner(b)
	b.ReportAllocs()
	for b.Loop() {
		doc, errs := operation.Read(super.Schema, names, operation.Request{Query: shop.Query()}, operation.Limits{})
		if errs != nil {
			b.Fatal(errs)
		}
		if _, errs := doc.Normalise(nil, nil, false); errs != nil {
			b.Fatal(errs)
		}
	}
}

func shopPlanner(b *testing.B) (*supergraph.Supergraph, *plan.Planner, map[string]bool) {
	b.Helper()
	sdl, err := shop.Supergraph(func(name string) string { return "http://" + name })
	if err != nil {
		b.Fatal(err)
	}
	super, err := supergraph.Read(sdl)
	if err != nil {
		b.Fatal(err)
	}
	planner, err := plan.NewPlanner(super)
	if err != nil {
		b.Fatal(err)
	}
	return super, planner, map[string]bool{}
}
