// Package execute runs plans: it fetches from subgraphs, merges what they
// answer, and writes the client's response.
package execute

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// Options are what a graph can be told beside its supergraph. The zero value
// works.
type Options struct {
	// Log gets what clients must not see: why a subgraph could not be reached.
	Log *slog.Logger
	// Limits bound what a client may send.
	Limits operation.Limits
	// SubgraphNames puts the subgraph's name into extensions.service of its
	// errors.
	SubgraphNames bool
	// PlanCache is the number of plans kept; 0 means 1,024.
	PlanCache int
}

// Graph is one supergraph, ready to answer. It is immutable and safe for
// concurrent use.
type Graph struct {
	super *supergraph.Supergraph
}

// Prepared is a request that has been parsed, validated and planned.
type Prepared struct {
	kind operation.Kind
}

// Kind says whether the request is a query, a mutation or a subscription.
func (p *Prepared) Kind() operation.Kind { return p.kind }

var errNotReady = errors.New("the engine cannot execute yet")

// New makes a graph of a supergraph and a fetcher per subgraph name.
func New(super *supergraph.Supergraph, fetchers map[string]fetch.Fetcher, opts Options) (*Graph, error) {
	return &Graph{super: super}, nil
}

// Prepare parses, validates, normalises and plans a request. The error is
// operation.Errors.
func (g *Graph) Prepare(ctx context.Context, r operation.Request) (*Prepared, error) {
	return nil, operation.Fail(operation.Internal, errNotReady.Error())
}

// Execute answers a query or mutation with the whole GraphQL response.
func (g *Graph) Execute(ctx context.Context, p *Prepared, header http.Header) ([]byte, error) {
	return nil, errNotReady
}

// Source opens the upstream event stream of a subscription.
func (g *Graph) Source(ctx context.Context, p *Prepared, header http.Header, deliver func(event []byte) error) error {
	return errNotReady
}

// Event completes one event of a subscription to one response.
func (g *Graph) Event(ctx context.Context, p *Prepared, header http.Header, event []byte) ([]byte, error) {
	return nil, errNotReady
}

// Schema is the client schema as SDL.
func (g *Graph) Schema() string { return g.super.API }

// Explain prints the plan.
func (g *Graph) Explain(p *Prepared) string { return "" }
