package execute

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"net/http"
	"runtime/debug"
	"slices"
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
	files  *uploads // nil where none came with the request

	mu   sync.Mutex
	root *value
	errs operation.Errors
	// later is what becomes of the deferred groups; nil where none are.
	later []group
	// memory is where root and what was read lives; release gives it back.
	memory *arena
	read   []*arena
	stamp  uint32
	broken error // a promise of ours that was not kept
}

func (g *Graph) newRun(ctx context.Context, p *Prepared, header http.Header) *run {
	x := &run{g: g, ctx: ctx, p: p, header: header, memory: arenas.Get().(*arena)}
	x.root = x.memory.new(object)
	return x
}

// release gives the memory of the execution back. It is called once nothing of
// it is needed any more and no fetch is under way.
func (x *run) release() {
	for _, a := range x.read {
		a.release()
	}
	x.memory.release()
	x.root, x.memory, x.read = nil, nil, nil
}

// guard keeps a panic from ending the process: it ends the request.
func (x *run) guard(do func()) {
	defer func() {
		if cause := recover(); cause != nil {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.broken = fmt.Errorf("executing broke: %v\n%s", cause, debug.Stack())
		}
	}()
	do()
}

// answer runs the plan and gives the response.
func (x *run) answer(begin func()) ([]byte, error) {
	var body []byte
	x.guard(func() {
		begin()
		x.step(x.p.plan.Steps)
		if x.broken == nil && x.ctx.Err() == nil {
			body = x.respond()
		}
	})
	switch {
	case x.broken != nil: // what it read may be half done: its memory is not used again
		return x.brokenAnswer()
	case body == nil:
		x.release()
		return nil, x.ctx.Err()
	}
	x.release()
	return body, nil
}

// brokenAnswer is the answer when a promise of ours was not kept.
func (x *run) brokenAnswer() ([]byte, error) {
	return json.Marshal(map[string]any{"errors": x.g.broken("answer an operation", x.broken)})
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
			wait.Go(func() { x.guard(func() { x.step(child) }) })
		}
		x.guard(func() { x.step(s.Steps[0]) })
		wait.Wait()
	default:
		for _, child := range s.Steps {
			x.step(child)
		}
	}
}

// fetch asks one subgraph and merges its answer.
func (x *run) fetch(f *plan.Fetch) {
	if len(f.Contexts) > 0 {
		x.fetchByContext(f)
		return
	}
	if body, targets := x.request(f); body != nil {
		x.send(f, body, targets)
	}
}

func (x *run) send(f *plan.Fetch, body []byte, targets targets) {
	request := fetch.Request{Body: body, Header: x.header, Files: x.files.of(f)}
	fetcher := x.g.shared[f.Subgraph]
	if x.p.plan.Kind == operation.Mutation || request.Files != nil {
		fetcher = x.g.fetchers[f.Subgraph]
	}
	response, err := fetcher.Fetch(x.ctx, request)
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
	if !x.asks(f) {
		return nil, nil
	}
	return x.write(f, x.locate(f.At), nil)
}

// asks tells whether the conditions leave anything to ask for.
func (x *run) asks(f *plan.Fetch) bool {
	return len(f.If) == 0 || slices.ContainsFunc(f.If, func(i int) bool { return x.p.holds[i] })
}

// write makes the body of a fetch for some objects; given are the values of the
// fetch's contexts.
func (x *run) write(f *plan.Fetch, objects []*value, given [][]byte) ([]byte, targets) {
	if len(objects) == 0 {
		return nil, nil
	}
	body := append(x.memory.body[:0], f.Open...)
	first := true
	for _, v := range f.Variables {
		if given := x.p.values[v.From]; given != nil {
			body = appendName(body, v.Name, &first)
			body = append(body, given...)
		}
	}
	for i, c := range f.Contexts {
		body = append(appendName(body, c.Variable, &first), given[i]...)
	}
	var t targets
	if f.Entity == nil {
		body, t = append(body, "}}"...), targets{slices.Clone(objects)}
	} else {
		body = append(appendName(body, f.Entity.Variable, &first), '[')
		body, t = x.appendRepresentations(body, f, objects)
		body = append(body, "]}}"...)
	}
	x.memory.body = body
	if len(t) == 0 {
		return nil, nil
	}
	return bytes.Clone(body), t
}

func appendName(out []byte, name string, first *bool) []byte {
	if !*first {
		out = append(out, ',')
	}
	*first = false
	return append(appendString(out, name), ':')
}

// hashing is the seed of the hashes of representations.
var hashing = maphash.MakeSeed()

// appendRepresentations writes each representation once, however many objects
// have it.
func (x *run) appendRepresentations(out []byte, f *plan.Fetch, objects []*value) ([]byte, targets) {
	m := x.memory
	if m.seen == nil {
		m.seen = make(map[uint64]int, len(objects))
	}
	clear(m.seen)
	m.starts = m.starts[:0]
	t := make(targets, 0, len(objects))
	owners := slices.Clone(objects)
	for i := range owners {
		before := len(out)
		if len(t) > 0 {
			out = append(out, ',')
		}
		start := len(out)
		var ok bool
		if out, ok = represent(out, f.Entity, owners[i]); !ok {
			out = out[:before]
			continue
		}
		if f.Apart {
			t = append(t, owners[i:i+1:i+1])
			continue
		}
		if known := m.known(out, start); known >= 0 {
			out = out[:before]
			t[known] = append(t[known], owners[i])
			continue
		}
		t = append(t, owners[i:i+1:i+1])
	}
	return out, t
}

// known tells which earlier representation is the same as the one that begins at
// start, or notes it and gives -1. Each has its beginning in starts; the end of
// one is a comma before the beginning of the next.
func (a *arena) known(out []byte, start int) int {
	for h := maphash.Bytes(hashing, out[start:]); ; h++ {
		i, taken := a.seen[h]
		if !taken {
			a.seen[h] = len(a.starts)
			a.starts = append(a.starts, start)
			return -1
		}
		end := start - 1
		if i+1 < len(a.starts) {
			end = a.starts[i+1] - 1
		}
		if bytes.Equal(out[a.starts[i]:end], out[start:]) {
			return i
		}
	}
}
