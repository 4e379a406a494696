package router

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"reflect"
	"sync/atomic"
	"time"

	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

// generation is one supergraph at work, from when it takes over until the last
// operation that it was asked has been answered.
type generation struct {
	id       string // tells supergraphs apart in logs
	graph    *execute.Graph
	fetchers map[string]fetch.Fetcher

	users     atomic.Int64 // operations that run on it, and one while it is current
	successor *generation  // set before the router gives it up
}

// refusal is why the newest supergraph does not run.
type refusal struct {
	id   string
	when time.Time
}

// generation makes one that nobody uses yet but the router.
func (r *Router) generation(sdl string, fetchers map[string]fetch.Fetcher) (*generation, error) {
	super, err := supergraph.Read(sdl)
	if err != nil {
		return nil, fmt.Errorf("read supergraph: %w", err)
	}
	graph, err := execute.New(super, fetchers, execute.Options{
		Log: r.opts.Log, Limits: r.opts.Operation, SubgraphNames: r.opts.SubgraphNames, NoSharing: r.opts.NoSharing,
		Extensions: r.opts.Extensions, Label: r.opts.Label, Policies: r.opts.Policies,
		PlanCache: r.opts.PlanCache, PlanMemory: r.opts.PlanMemory, PlanTime: r.opts.PlanTime,
		SubgraphResponse: r.opts.SubgraphResponse, Response: r.opts.Response,
	})
	if err != nil {
		return nil, fmt.Errorf("make graph: %w", err)
	}
	g := &generation{id: identify(sdl), graph: graph, fetchers: maps.Clone(fetchers)}
	g.users.Store(1)
	return g, nil
}

// identify is a short name of a supergraph, the same for the same bytes.
func identify(sdl string) string {
	sum := sha256.Sum256([]byte(sdl))
	return hex.EncodeToString(sum[:6])
}

// enter is the generation that a new operation is asked of. The operation leaves
// it when it is done.
func (r *Router) enter() *generation {
	for {
		if g := r.current.Load(); g.hold() {
			return g
		}
	}
}

// hold keeps the generation, unless it has ended already.
func (g *generation) hold() bool {
	for {
		n := g.users.Load()
		if n == 0 {
			return false
		}
		if g.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave gives the generation up; after the last one its fetchers are let go that
// its successor does not use.
func (g *generation) leave() {
	if g.users.Add(-1) > 0 {
		return
	}
	for name, f := range g.fetchers {
		if closer, can := f.(io.Closer); can && !same(f, g.successor.fetchers[name]) {
			_ = closer.Close() // nobody is left to tell
		}
	}
}

// same tells whether two fetchers are one.
func same(a, b fetch.Fetcher) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}

// Swap puts another supergraph in the place of the one that runs. The plans of
// the operations in use are made first; operations under way end as they began.
// When the supergraph is not a good one, the error says why and the one that
// runs stays. A fetcher that the new supergraph does without, or that another
// stands in for, is closed after its last operation, if it can be.
func (r *Router) Swap(ctx context.Context, supergraphSDL string, fetchers map[string]fetch.Fetcher) error {
	r.swapping.Lock()
	defer r.swapping.Unlock()
	before := r.current.Load()
	id := identify(supergraphSDL)
	if id == before.id && maps.EqualFunc(before.fetchers, fetchers, same) {
		r.refused.Store(nil)
		return nil
	}
	begin := time.Now()
	next, err := r.generation(supergraphSDL, fetchers)
	if err != nil {
		r.refused.Store(&refusal{id: id, when: begin})
		return err
	}
	warming, cancel := context.WithTimeout(ctx, r.opts.WarmUp)
	planned, used := next.graph.Warm(warming, before.graph)
	cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	before.successor = next
	r.current.Store(next)
	r.refused.Store(nil)
	before.leave()
	r.regraph()
	r.opts.Log.InfoContext(ctx, "another supergraph has taken over", "supergraph", next.id, "before", before.id,
		"planned", planned, "in_use", used, "took", time.Since(begin).Round(time.Millisecond).String())
	return nil
}

// regraph takes the live subscriptions to the supergraph that runs.
func (r *Router) regraph() {
	graph := r.current.Load().graph
	r.live.Regraph(func(ctx context.Context, op subscribe.Operation) (subscribe.Operation, error) {
		planned, ours := op.(subscribe.Planned)
		if !ours || planned.Graph == graph {
			return op, nil
		}
		return planned.On(ctx, graph)
	})
}

// Refuse notes that the newest supergraph cannot run, for /readyz to say so.
func (r *Router) Refuse(supergraphSDL string) {
	r.refused.Store(&refusal{id: identify(supergraphSDL), when: time.Now()})
}

// detail says in /readyz that a newer supergraph does not run. Why is for the
// log: it may name what clients must not see.
func (r *Router) detail() string {
	refused := r.refused.Load()
	if refused == nil {
		return ""
	}
	return fmt.Sprintf("supergraph %s was refused at %s, the log says why; %s stays\n",
		refused.id, refused.when.UTC().Format(time.RFC3339), r.current.Load().id)
}
