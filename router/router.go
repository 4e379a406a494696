// Package router is the one endpoint over many subgraphs: a supergraph SDL and
// a way to reach each subgraph go in, an http.Handler comes out.
package router

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"heddle/internal/caller"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/serve"
	"heddle/router/subscribe"
)

// Options are what a router can be told beside its supergraph. The zero value
// works: no token is asked for, and other sites' pages are kept out.
type Options struct {
	// Callers verifies access tokens; nil asks for none.
	Callers *caller.Verifier
	// Log gets a line per operation and what clients must not see. Let its
	// handler be a trace.Handler, so that each line names its request.
	Log *slog.Logger
	// ForwardHeaders travel to the subgraphs, beside Authorization, X-Request-Id
	// and the trace context.
	ForwardHeaders []string
	// AddressHeader is the header in which a proxy in front of the router says
	// where a client is; empty: the connection tells.
	AddressHeader string
	// Origins are other sites whose pages may use the endpoint; "*" is all.
	Origins []string
	// Extra are handlers of the same origin, by path.
	Extra map[string]http.Handler
	// Limits bound one client's requests, Operation bounds one document, Queue
	// is how many messages wait for one subscriber; zero means the default.
	Limits    serve.Limits
	Operation operation.Limits
	Queue     int
	// Timeouts bound how long things take; zero means the default.
	Timeouts serve.Timeouts
	// SubgraphNames puts a subgraph's name into the extensions of its errors.
	SubgraphNames bool
	// NoSharing answers each request by itself, also where identical ones are in
	// flight.
	NoSharing bool
	// Extensions are the keys of a subgraph error's extensions that clients see,
	// beside code, field and retryAfter.
	Extensions []string
	// Label tells whether the label of a progressive override is active for a
	// request; nil: none is. percent(n) needs no telling.
	Label func(ctx context.Context, label string) bool
	// Policies tells which of the policies that an operation names (@policy) hold
	// for a request; nil: none does.
	Policies func(ctx context.Context, names []string) map[string]bool
	// ExplainScope is the scope of callers who are shown the plan in the
	// extensions of an answer when their request's extensions say "explain": true;
	// empty: nobody is.
	ExplainScope string
	// PlanCache is the number of plans kept; 0 means 1,024. PlanMemory is about how
	// many bytes they may take; 0 means 64 MiB. PlanTime is how long the planning of
	// one operation may take; 0 means 5 s.
	PlanCache, PlanMemory int
	PlanTime              time.Duration
	// SubgraphResponse is how many bytes one answer of a subgraph may have, and
	// Response one answer to a client; 0 means 64 MiB.
	SubgraphResponse, Response int64
	// Resume is how long a client of a subscription whose connection was lost may
	// come back and go on where it was; 0 means 30 s, less means never.
	Resume time.Duration
	// WarmUp bounds how long the plans of a new supergraph are prepared before it
	// takes over; 0 means 10 s.
	WarmUp time.Duration
}

// Router answers for one graph, until another takes its place. It is safe for
// concurrent use.
type Router struct {
	opts     Options
	current  atomic.Pointer[generation] // what new operations are asked of
	live     *subscribe.Hub
	endpoint *serve.Server
	scope    []string // headers on which a subscription's events depend

	swapping sync.Mutex
	refused  atomic.Pointer[refusal] // of the newest supergraph; nil when it runs
}

// New reads the supergraph and makes a router that asks each subgraph through
// the fetcher of its name.
func New(supergraphSDL string, fetchers map[string]fetch.Fetcher, opts Options) (*Router, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.WarmUp == 0 {
		opts.WarmUp = 10 * time.Second
	}
	r := &Router{opts: opts, scope: append([]string{"Authorization"}, opts.ForwardHeaders...)}
	first, err := r.generation(supergraphSDL, fetchers)
	if err != nil {
		return nil, err
	}
	r.current.Store(first)
	r.live = subscribe.NewHub(subscribe.Options{Queue: opts.Queue, Resume: opts.Resume, Log: opts.Log})
	r.endpoint = serve.New(r.walk, serve.Options{
		Callers: opts.Callers, Log: opts.Log, ForwardHeaders: opts.ForwardHeaders,
		AddressHeader: opts.AddressHeader, Origins: opts.Origins, Extra: opts.Extra, Limits: opts.Limits, Timeouts: opts.Timeouts,
		Detail: r.detail,
	})
	return r, nil
}

// ServeHTTP answers /graphql, the playground at /, /healthz and /readyz.
func (r *Router) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.endpoint.ServeHTTP(w, request)
}

// walk is the way of every operation from request to answer. The endpoint has
// read it from its transport and knows the caller; what comes back it writes.
func (r *Router) walk(ctx context.Context, call serve.Call) (serve.Answer, error) {
	running := r.enter()
	leave := running.leave
	defer func() { leave() }()
	graph := running.graph
	prepared, err := graph.Prepare(ctx, call.Request) // parse, limit, validate, normalise, plan
	if err != nil {
		return serve.Answer{}, err
	}
	answer := serve.Answer{Kind: prepared.Kind(), Name: prepared.Name()}
	if err := call.Allow(answer.Kind); err != nil {
		return answer, err
	}
	if answer.Kind == operation.Subscription {
		answer.Live = r.live.Join(ctx, subscribe.Planned{ // one upstream, one resolve per event
			Graph: graph, Prepared: prepared, Request: call.Request, Header: call.Header, Scope: r.scope,
		}, call.Live)
		if r.current.Load() != running { // another took over meanwhile, and did not see this one
			go r.regraph()
		}
		return answer, nil
	}
	if answer.Kind == operation.Mutation { // queries stay alike, whoever asks from where
		call.Header = call.Device.Onto(call.Header)
	}
	switch { // fetch, merge, write
	case prepared.Deferred():
		leave = func() { context.AfterFunc(ctx, running.leave) } // it runs until the last part is delivered
		answer.Body, answer.Rest, err = graph.Begin(ctx, prepared, call.Header)
	case call.Files != nil:
		answer.Body, err = graph.Upload(ctx, prepared, call.Header, call.Files)
	default:
		answer.Body, err = graph.Execute(ctx, prepared, call.Header)
	}
	if err == nil && r.explains(ctx, call.Request) {
		answer.Body, err = graph.Explained(prepared, answer.Body)
	}
	return answer, err
}

// Drain ends live connections in good order; see serve.Server.Drain. It returns
// when the upstreams are closed too, or ctx ends.
func (r *Router) Drain(ctx context.Context) error {
	err := r.endpoint.Drain(ctx)
	r.live.Close()
	if err != nil {
		return err
	}
	return r.live.Wait(ctx)
}
