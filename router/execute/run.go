package execute

import (
	"context"
	"net/http"
	"sync"

	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/plan"
)

// run is one execution of a plan. The tree below root grows as answers come in;
// whoever reads or changes it holds mu.
type run struct {
	g      *Graph
	ctx    context.Context
	p      *Prepared
	header http.Header

	mu   sync.Mutex
	root *value
	errs operation.Errors
}

func (g *Graph) newRun(ctx context.Context, p *Prepared, header http.Header) *run {
	return &run{g: g, ctx: ctx, p: p, header: header, root: &value{kind: object}}
}

// step runs a step and returns when it is done.
func (x *run) step(s *plan.Step) {
	switch {
	case s == nil || x.ctx.Err() != nil:
	case s.Fetch != nil:
		x.fetch(s.Fetch)
	case s.Parallel:
		var wait sync.WaitGroup
		for _, child := range s.Steps[1:] {
			wait.Go(func() { x.step(child) })
		}
		x.step(s.Steps[0])
		wait.Wait()
	default:
		for _, child := range s.Steps {
			x.step(child)
		}
	}
}

// fetch asks one subgraph and merges its answer.
func (x *run) fetch(f *plan.Fetch) {
	body, targets := x.request(f)
	if body == nil {
		return
	}
	fetcher := x.g.shared[f.Subgraph]
	if x.p.plan.Kind == operation.Mutation {
		fetcher = x.g.fetchers[f.Subgraph]
	}
	response, err := fetcher.Fetch(x.ctx, fetch.Request{Body: body, Header: x.header})
	if err != nil {
		x.fail(f, targets, unavailable, err)
		return
	}
	x.absorb(f, targets, response)
}

// targets are the objects that the answer of a fetch is merged into: for each
// representation all objects that it stands for.
type targets [][]*value

// request makes the body of a fetch, or nil when there is nothing to ask for.
func (x *run) request(f *plan.Fetch) ([]byte, targets) {
	x.mu.Lock()
	defer x.mu.Unlock()
	objects := locate(x.root, f.At)
	if len(objects) == 0 {
		return nil, nil
	}
	body := append(make([]byte, 0, len(f.Open)+64*len(objects)), f.Open...)
	first := true
	for _, v := range f.Variables {
		if given := x.p.values[v.From]; given != nil {
			body = appendName(body, v.Name, &first)
			body = append(body, given...)
		}
	}
	if f.Entity == nil {
		return append(body, "}}"...), targets{objects}
	}
	body = append(appendName(body, f.Entity.Variable, &first), '[')
	body, t := appendRepresentations(body, f.Entity, objects)
	if len(t) == 0 {
		return nil, nil
	}
	return append(body, "]}}"...), t
}

func appendName(out []byte, name string, first *bool) []byte {
	if !*first {
		out = append(out, ',')
	}
	*first = false
	return append(appendString(out, name), ':')
}

// appendRepresentations writes each representation once, however many objects
// have it.
func appendRepresentations(out []byte, e *plan.Entity, objects []*value) ([]byte, targets) {
	var t targets
	var seen map[string]int
	if len(objects) > 1 {
		seen = make(map[string]int, len(objects))
	}
	for _, o := range objects {
		start := len(out)
		if len(t) > 0 {
			out = append(out, ',')
		}
		from := len(out)
		var ok bool
		if out, ok = represent(out, e, o); !ok {
			out = out[:start]
			continue
		}
		if seen == nil {
			return out, targets{{o}}
		}
		if i, known := seen[string(out[from:])]; known {
			out = out[:start]
			t[i] = append(t[i], o)
			continue
		}
		seen[string(out[from:])] = len(t)
		t = append(t, []*value{o})
	}
	return out, t
}
