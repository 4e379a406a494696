package execute

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
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
	asked  map[entity]place // by fetches that others are alike
	broken error            // a promise of ours that was not kept
	tape   *tape            // notes how it goes; nil where nobody wants to know
	given  map[string]given // what was answered already
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
		x.fetch(s.Fetch, x.request(s.Fetch))
	case s.Parallel:
		x.parallel(s.Steps)
	default:
		for _, child := range s.Steps {
			x.step(child)
		}
	}
}

// parallel runs steps at once. What they begin with is made up beforehand, so
// that it is the same every time which of those that ask the same does ask.
func (x *run) parallel(steps []*plan.Step) {
	begun := make([]question, len(steps))
	for i, s := range steps {
		if f := beginning(s); f != nil {
			begun[i] = x.request(f)
		}
	}
	x.join(steps, begun)
	var wait sync.WaitGroup
	for i, s := range steps[1:] {
		wait.Go(func() { x.guard(func() { x.goOn(s, begun[i+1]) }) })
	}
	x.guard(func() { x.goOn(steps[0], begun[0]) })
	wait.Wait()
}

// beginning is the one fetch that a step begins with, or nil.
func beginning(s *plan.Step) *plan.Fetch {
	for s.Fetch == nil && !s.Parallel {
		s = s.Steps[0]
	}
	return s.Fetch
}

// goOn runs a step whose beginning, if it has one, is made up.
func (x *run) goOn(s *plan.Step, q question) {
	switch {
	case s.Fetch != nil:
		x.fetch(s.Fetch, q)
	case s.Parallel:
		x.step(s)
	default:
		x.goOn(s.Steps[0], q)
		for _, child := range s.Steps[1:] {
			x.step(child)
		}
	}
}

// fetch asks one subgraph and merges its answer, and that to others who ask the
// same.
func (x *run) fetch(f *plan.Fetch, q question) {
	if len(f.Contexts) > 0 {
		x.fetchByContext(f)
		return
	}
	switch {
	case q.joint != nil:
		x.sendJoint(f, q.joint)
	case q.body != nil:
		x.send(f, q)
	}
	if len(q.plain) > 0 {
		x.mu.Lock()
		plain := x.write(f.Plain, q.plain, nil)
		x.mu.Unlock()
		if plain.body != nil {
			x.send(f.Plain, plain)
		}
	}
	x.take(q.known)
}

// send sends a request and merges what comes.
func (x *run) send(f *plan.Fetch, q question) {
	q.asking.fail(len(q.targets))
	defer q.asking.end()
	response, err := x.exchange(f, q.body, q.after)
	if err != nil {
		x.fail(f, q.targets, unavailable, err)
		return
	}
	x.absorb(f, q, response)
}

// exchange asks the subgraph of a fetch, unless it has answered already, and
// notes it. The body was made up when so many answers had come.
func (x *run) exchange(f *plan.Fetch, body []byte, after int) (fetch.Response, error) {
	line := x.tape.asks(f, body, after)
	answer, had := x.had(f, body)
	if !had {
		answer.Response, answer.err = x.ask(f, body)
	}
	x.tape.hears(line, answer.Response, answer.err)
	return answer.Response, answer.err
}

// ask sends the body of a request to the subgraph of a fetch.
func (x *run) ask(f *plan.Fetch, body []byte) (fetch.Response, error) {
	request := fetch.Request{Body: body, Header: x.header, Files: x.files.of(f), Limit: x.g.opts.SubgraphResponse}
	fetcher := x.g.shared[f.Subgraph]
	if x.p.plan.Kind == operation.Mutation || request.Files != nil {
		fetcher = x.g.fetchers[f.Subgraph]
	}
	return fetcher.Fetch(x.ctx, request)
}
