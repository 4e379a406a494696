// Package execute runs plans: it fetches from subgraphs, merges what they
// answer, and writes the client's response.
package execute

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"time"
	"unsafe"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/plan"
	"heddle/router/supergraph"
)

// Options are what a graph can be told beside its supergraph. The zero value
// works.
type Options struct {
	// Log gets what clients must not see: why a subgraph could not be reached.
	Log *slog.Logger
	// Limits bound what a client may send.
	Limits operation.Limits
	// SubgraphNames puts the subgraph's name into the extensions of its errors, as
	// "service".
	SubgraphNames bool
	// Extensions are the keys of a subgraph error's extensions that clients see,
	// beside code, field and retryAfter.
	Extensions []string
	// Label tells whether the label of a progressive override is active for a
	// request. percent(n) needs no telling: it is active for n of 100 requests.
	Label func(ctx context.Context, label string) bool
	// Policies tells which of the policies that an operation names (@policy) hold
	// for a request; nil: none does.
	Policies func(ctx context.Context, names []string) map[string]bool
	// PlanCache is the number of plans kept; 0 means 1,024.
	PlanCache int
	// PlanMemory is about how many bytes they may take; 0 means 64 MiB.
	PlanMemory int
	// PlanTime is how long the planning of one operation may take; 0 means 5 s.
	PlanTime time.Duration
	// NoSharing switches off that identical requests in flight are sent once.
	NoSharing bool
	// SubgraphResponse is how many bytes one answer of a subgraph may have, and
	// Response one answer to a client, or one part or event of it; 0 means 64 MiB.
	SubgraphResponse, Response int64
}

// cachedQuery is the longest query text whose parsed document is kept.
const cachedQuery = 64 << 10

// Graph is one supergraph, ready to answer. It is immutable and safe for
// concurrent use.
type Graph struct {
	super     *supergraph.Supergraph
	opts      Options
	plans     *plan.Cache
	documents *lru.Cache[documentKey, *operation.Document]
	fetchers  map[string]fetch.Fetcher
	shared    map[string]fetch.Fetcher
	sharing   []*fetch.Shared
	abstract  map[string]bool
	visible   map[string]bool
	flights   fetch.Flights[[]byte]
	scripts   *scripts
	names     map[string]bool // of all fields
}

type documentKey struct{ query, name string }

// New makes a graph of a supergraph and a fetcher per subgraph name.
func New(super *supergraph.Supergraph, fetchers map[string]fetch.Fetcher, opts Options) (*Graph, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.PlanCache == 0 {
		opts.PlanCache = 1024
	}
	if opts.Response == 0 {
		opts.Response = 64 << 20
	}
	planner, err := plan.NewPlanner(super)
	if err != nil {
		return nil, fmt.Errorf("make planner: %w", err)
	}
	g := &Graph{
		super: super, opts: opts, fetchers: map[string]fetch.Fetcher{}, shared: map[string]fetch.Fetcher{},
		abstract: map[string]bool{}, visible: map[string]bool{"code": true, "field": true, "retryAfter": true},
		names: map[string]bool{}, scripts: newScripts(),
	}
	g.plans = plan.NewCache(planner, plan.CacheOptions{Plans: opts.PlanCache, Bytes: opts.PlanMemory, Time: opts.PlanTime})
	if g.documents, err = lru.New[documentKey, *operation.Document](opts.PlanCache); err != nil {
		return nil, fmt.Errorf("make document cache: %w", err)
	}
	for _, sub := range super.Subgraphs {
		f := fetchers[sub.Name]
		if f == nil {
			return nil, fmt.Errorf("subgraph %q of the supergraph has no fetcher", sub.Name)
		}
		g.fetchers[sub.Name], g.shared[sub.Name] = f, f
		if !opts.NoSharing {
			shared := fetch.Share(f)
			g.shared[sub.Name], g.sharing = shared, append(g.sharing, shared)
		}
	}
	for _, def := range super.Definitions {
		g.abstract[def.Name] = def.Kind == ast.Interface
		for _, f := range def.Fields {
			g.names[f.Name] = true
		}
	}
	for _, key := range opts.Extensions {
		g.visible[key] = true
	}
	return g, nil
}

// Schema is the client schema as SDL.
func (g *Graph) Schema() string { return g.super.API }

// Execute answers a query or mutation with the whole GraphQL response; header
// is what goes to subgraphs. Identical queries in flight are executed once, and
// get the same bytes: nobody may change them. The error is set only when ctx is
// done before there is an answer: whatever else fails is told in the response.
func (g *Graph) Execute(ctx context.Context, p *Prepared, header http.Header) ([]byte, error) {
	if g.opts.NoSharing || p.Kind() != operation.Query || p.plan.Steps == nil {
		return g.execute(ctx, p, header)
	}
	return g.flights.Do(ctx, p.identity(header), func(ctx context.Context) ([]byte, error) {
		return g.execute(ctx, p, header)
	})
}

func (g *Graph) execute(ctx context.Context, p *Prepared, header http.Header) ([]byte, error) {
	body, err := g.newRun(ctx, p, header).perform()
	if p.Kind() == operation.Mutation {
		g.renew()
	}
	return body, err
}

// identity is everything that the answer to a query depends on, beside the
// subgraphs, while the plan is in use.
func (p *Prepared) identity(header http.Header) string {
	return fetch.Identity(fetch.Request{Body: []byte(p.key()), Header: header})
}

// key is that without the headers. There is one shape for an operation as it is
// written and the active labels, so that its address says both.
func (p *Prepared) key() string {
	at := uint64(uintptr(unsafe.Pointer(p.shape)))
	return string(p.appendValues(binary.NativeEndian.AppendUint64(make([]byte, 0, 256), at)))
}

// appendValues writes everything beside the shape that the answer depends on.
func (p *Prepared) appendValues(out []byte) []byte {
	for _, v := range p.inputs {
		out = append(append(append(append(out, v.Name...), 0), v.JSON...), 0)
	}
	for _, a := range p.aliases {
		out = append(append(out, a.Name...), 0)
	}
	for i, local := range p.locals {
		out = append(append(append(out, p.markers[i].Coordinate...), p.markers[i].Denied...), 0)
		out = append(append(out, local...), 0)
	}
	return out
}

// renew lets no query that comes after a mutation's answer share what was
// begun before it: people read what they wrote.
func (g *Graph) renew() {
	g.flights.Renew()
	for _, s := range g.sharing {
		s.Renew()
	}
}
