package plan

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
	"heddle/router/supergraph"
)

// Planner makes plans for one supergraph. It is safe for concurrent use.
type Planner struct {
	super    *supergraph.Supergraph
	compiler compiler
	mu       sync.Mutex
	atlases  map[string]*atlas // by the active labels
	lanes
}

const (
	// maxAtlases is how many combinations of active labels are remembered.
	maxAtlases = 64
)

// NewPlanner makes a planner for a supergraph.
func NewPlanner(super *supergraph.Supergraph) (*Planner, error) {
	first, err := newAtlas(super, nil)
	if err != nil {
		return nil, err
	}
	return &Planner{super: super, compiler: newCompiler(super), atlases: map[string]*atlas{"": first}, lanes: newLanes()}, nil
}

// atlas is the one for a combination of active labels.
func (p *Planner) atlas(labels []string) (*atlas, error) {
	key := strings.Join(labels, "\x00")
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.atlases[key]; a != nil {
		return a, nil
	}
	a, err := newAtlas(p.super, labels)
	if err != nil {
		return nil, fmt.Errorf("read the supergraph for the labels %v: %w", labels, err)
	}
	if len(p.atlases) < maxAtlases {
		p.atlases[key] = a
	}
	return a, nil
}

// plan makes the plan of a normalised operation while the labels of progressive
// overrides are active. It gives up when ctx ends, and with errTooComplex when it
// takes more than so many steps.
func (p *Planner) plan(ctx context.Context, n *operation.Normalized, labels []string, steps int) (_ *Plan, err error) {
	pace, err := p.enter(ctx, steps)
	if err != nil {
		return nil, err
	}
	defer pace.leave()
	defer recovered(n, &err)
	a, err := p.atlas(labels)
	if err != nil {
		return nil, err
	}
	made := newPlanning(a, pace).plan(p, n)
	if len(n.Labels) > 0 {
		shape := p.compiler.shape(made, n, pace.tick)
		if err := putOff(p.super, made, shape.Root, len(n.Labels)); err != nil {
			return nil, err
		}
	}
	made.Each(func(f *Fetch) {
		if f.Plain != nil {
			f.Plain.Group = f.Group
		}
	})
	noteAlike(made)
	noteApart(made)
	return made, nil
}

// recovered makes an error of what ended the planning of an operation from within.
func recovered(n *operation.Normalized, err *error) {
	switch cause := recover().(type) {
	case nil:
	case stopped:
		*err = cause.err
	default:
		*err = fmt.Errorf("the planner broke on this operation: %v\n%s\n%s", cause, n.Text, debug.Stack())
	}
}

// shape makes the shape of what a plan answers an operation, within the same
// limits.
func (p *Planner) shape(ctx context.Context, made *Plan, n *operation.Normalized, steps int) (_ *Shape, err error) {
	pace, err := p.enter(ctx, steps)
	if err != nil {
		return nil, err
	}
	defer pace.leave()
	defer recovered(n, &err)
	return p.compiler.shape(made, n, pace.tick), nil
}

// planning is the making of one plan.
type planning struct {
	*atlas
	*pace
	variables map[string]string // their types by their names
	groups    []*group
	series    int // counts the root fields of a mutation that come one after the other
	renamed   []renaming
	costs     map[costKey]int
	conditions
	taken    []*borrowed
	gathered *[]*group // what brings the fields that are being required
}

func newPlanning(a *atlas, p *pace) *planning {
	return &planning{atlas: a, pace: p, variables: map[string]string{}, costs: map[costKey]int{}}
}

// lack ends the planning when something is left that no subgraph gives.
func (p *planning) lack(left []*item) {
	if len(left) == 0 {
		return
	}
	var names []string
	for _, i := range left {
		names = append(names, i.types[0]+"."+i.name())
	}
	panic(stopped{errors.New("no subgraph that can be reached resolves " + strings.Join(names, ", "))})
}

func (p *planning) plan(planner *Planner, n *operation.Normalized) *Plan {
	for _, v := range n.Variables {
		p.variables[v.Name] = v.Type
		if i, ok := operation.ConditionIndex(v.Name); ok {
			p.conditions = append(p.conditions, when{{i}})
		}
	}
	root := planner.super.Roots[n.Kind.String()]
	pos := position{scope: newScope(), place: &place{objects: []string{root}}, objects: []string{root}}
	if n.Kind == operation.Mutation {
		p.serially(pos, n.Canonical())
	} else {
		p.lack(p.object(pos, []ast.SelectionSet{n.Canonical()}))
	}
	made := &Plan{Kind: n.Kind, renamed: p.renamed}
	fetches := map[*group]*Fetch{}
	groups, needed := p.groups, p.needed()
	for _, g := range groups {
		f := p.compile(g, n.Kind.String())
		for _, all := range needed[g] {
			f.If = append(f.If, p.condition(when{all}))
		}
		fetches[g] = f
	}
	if n.Kind == operation.Subscription && len(groups) > 0 {
		made.Trigger, groups = fetches[groups[0]], groups[1:]
	}
	made.Steps = &Step{}
	for n := range p.series + 1 {
		made.Steps.add(schedule(slices.DeleteFunc(slices.Clone(groups), func(g *group) bool { return g.series != n }), fetches))
	}
	made.Steps = made.Steps.short()
	for _, w := range p.conditions {
		made.Conditions = append(made.Conditions, w)
	}
	return made
}

// serially plans the root fields of a mutation one after the other: each is
// answered to the end before the next begins (specification, 6.2.2). Neighbours
// of one subgraph that need no other go together.
func (p *planning) serially(pos position, set ast.SelectionSet) {
	for _, i := range p.collect(pos.objects[0], []ast.SelectionSet{set}).items {
		before := len(p.groups)
		choices, _ := p.assign(nil, []*item{i}, nil)
		if before > 0 {
			last := p.groups[before-1]
			if choices[0].src != last.src || len(last.place.hops) > 0 {
				p.series++
			}
		}
		p.lack(p.items(pos, []*item{i}))
	}
}
