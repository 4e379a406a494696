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
			out[i] = weigh(made.plan, made.holds)
		}
		out[i].ready, out[i].median = ready, median(taken)
	}
	return out, nil
}

// chosen is a plan, and which of its conditions hold.
type chosen struct {
	plan  *plan.Plan
	holds []bool
}

func planOnce(ctx context.Context, super *supergraph.Supergraph, planner *plan.Planner, names map[string]bool, o question) (c chosen, _ error) {
	request := operation.Request{Query: o.query, Variables: o.variables}
	doc, errs := operation.Read(super.Schema, names, request, operation.Limits{Depth: 100})
	if errs != nil {
		return c, errs
	}
	variables, errs := doc.Variables(request)
	if errs != nil {
		return c, errs
	}
	normalized, errs := doc.Normalise(variables, nil, false)
	if errs != nil {
		return c, errs
	}
	made, shape, err := plan.NewCache(planner, plan.CacheOptions{}).Get(ctx, normalized, o.labels) // empty: nothing is remembered
	if err != nil {
		return c, err
	}
	return chosen{made, shape.Holds(normalized.Holds(variables))}, nil
}

// weigh counts the requests of a plan, and the longest chain of them.
func weigh(p *plan.Plan, holds []bool) planned {
	out := planned{text: p.String(), depth: depth(p.Steps, holds), fetches: requests(p.Steps, holds)}
	for _, later := range p.Later {
		out.fetches += requests(later.Steps, holds)
	}
	if p.Trigger != nil {
		out.depth, out.fetches = out.depth+1, out.fetches+1
	}
	return out
}

// requests is how many requests a step takes at most. Fetches of entities that
// begin at the same time at the same subgraph are one.
func requests(s *plan.Step, holds []bool) int {
	switch {
	case s == nil:
		return 0
	case s.Fetch != nil && !asks(s.Fetch, holds):
		return 0
	case s.Fetch != nil:
		return 1
	}
	n, begun := 0, map[string]bool{}
	for _, child := range s.Steps {
		n += requests(child, holds)
		f := child
		for f.Fetch == nil && !f.Parallel {
			f = f.Steps[0]
		}
		if s.Parallel && f.Fetch != nil && f.Fetch.Entity != nil && asks(f.Fetch, holds) {
			if begun[f.Fetch.Subgraph] {
				n--
			}
			begun[f.Fetch.Subgraph] = true
		}
	}
	return n
}

// asks tells whether the conditions leave a fetch anything to ask for.
func asks(f *plan.Fetch, holds []bool) bool {
	return len(f.If) == 0 || slices.ContainsFunc(f.If, func(i int) bool { return holds[i] })
}

func depth(s *plan.Step, holds []bool) int {
	switch {
	case s == nil:
		return 0
	case s.Fetch != nil && !asks(s.Fetch, holds):
		return 0
	case s.Fetch != nil:
		return 1
	}
	sum, most := 0, 0
	for _, child := range s.Steps {
		d := depth(child, holds)
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
