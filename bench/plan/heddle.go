package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"heddle/router/operation"
	"heddle/router/plan"
	"heddle/router/supergraph"
)

// graph is a supergraph with operations on it.
type graph struct {
	name, sdl  string
	operations []question
}

// question is an operation to plan.
type question struct {
	name, query string
	variables   json.RawMessage
	labels      []string
}

// planned is what a planner made of an operation.
type planned struct {
	ready, median  time.Duration
	fetches, depth int
	text           string
	Error          string
}

// plan plans the graph's operations with Heddle's planner, each from its text,
// with nothing remembered.
func (g graph) plan(ctx context.Context, times int) ([]planned, error) {
	began := time.Now()
	super, err := supergraph.Read(g.sdl)
	if err != nil {
		return nil, fmt.Errorf("read supergraph: %w", err)
	}
	planner, err := plan.NewPlanner(super)
	if err != nil {
		return nil, fmt.Errorf("make planner: %w", err)
	}
	ready := time.Since(began)
	names := map[string]bool{}
	for _, def := range super.Definitions {
		for _, f := range def.Fields {
			names[f.Name] = true
		}
	}
	out := make([]planned, len(g.operations))
	for i, o := range g.operations {
		var taken []time.Duration
		for began := time.Now(); len(taken) < times && time.Since(began) < 2*time.Second; {
			start := time.Now()
			made, err := planOnce(ctx, super, planner, names, o)
			if err != nil {
				out[i] = planned{Error: err.Error()}
				break
			}
			taken = append(taken, time.Since(start))
			out[i] = weigh(made)
		}
		out[i].ready, out[i].median = ready, median(taken)
	}
	return out, nil
}

func planOnce(ctx context.Context, super *supergraph.Supergraph, planner *plan.Planner, names map[string]bool, o question) (*plan.Plan, error) {
	request := operation.Request{Query: o.query, Variables: o.variables}
	doc, errs := operation.Read(super.Schema, names, request, operation.Limits{Depth: 100})
	if errs != nil {
		return nil, errs
	}
	variables, errs := doc.Variables(request)
	if errs != nil {
		return nil, errs
	}
	normalized, errs := doc.Normalise(variables, nil, false)
	if errs != nil {
		return nil, errs
	}
	return plan.NewCache(planner, plan.CacheOptions{}).Get(ctx, normalized, o.labels) // empty: nothing is remembered
}

// weigh counts a plan's fetches, and the longest chain of them.
func weigh(p *plan.Plan) planned {
	out := planned{text: p.String(), depth: depth(p.Steps)}
	p.Each(func(*plan.Fetch) { out.fetches++ })
	if p.Trigger != nil {
		out.depth++
	}
	return out
}

func depth(s *plan.Step) int {
	switch {
	case s == nil:
		return 0
	case s.Fetch != nil:
		return 1
	}
	sum, most := 0, 0
	for _, child := range s.Steps {
		d := depth(child)
		sum, most = sum+d, max(most, d)
	}
	if s.Parallel {
		return most
	}
	return sum
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}
