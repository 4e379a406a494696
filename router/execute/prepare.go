package execute

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"

	"heddle/router/operation"
	"heddle/router/plan"
)

// Prepared is a request that has been parsed, validated and planned. It is
// immutable.
type Prepared struct {
	name    string
	root    string // the first field of the operation
	common  bool   // a subscription in which every field is @common
	plan    *plan.Plan
	shape   *plan.Shape
	text    string // the normalised operation
	written string // as the client wrote it
	inputs  []operation.Value
	values  map[string][]byte // the inputs by name
	holds   []bool            // the shape's conditions, the plan's first
	aliases []operation.Alias
	markers []operation.Marker
	labels  []string // of the deferred groups
	locals  [][]byte
	files   map[string][]operation.Place // by the input's name: the files in it
}

// Kind says whether the request is a query, a mutation or a subscription.
func (p *Prepared) Kind() operation.Kind { return p.plan.Kind }

// Name is the operation's name in the document; empty for an anonymous one.
func (p *Prepared) Name() string { return p.name }

// Prepare parses, validates, normalises and plans a request for the caller in
// ctx. The error is operation.Errors.
func (g *Graph) Prepare(ctx context.Context, r operation.Request) (*Prepared, error) {
	doc, errs := g.document(r)
	if errs != nil {
		return nil, errs
	}
	variables, errs := doc.Variables(r)
	if errs != nil {
		return nil, errs
	}
	normalized, errs := doc.Normalise(variables, g.denied(ctx, doc), r.Incremental)
	if errs != nil {
		return nil, errs
	}
	values, err := normalized.Values(variables)
	if err != nil {
		return nil, g.broken("compute variables", err)
	}
	made, shape, err := g.plans.Get(ctx, normalized, g.labels(ctx))
	var refused operation.Errors
	switch {
	case errors.As(err, &refused):
		return nil, refused
	case err != nil:
		return nil, g.broken("plan operation", err)
	}
	p := &Prepared{
		name: doc.Op.Name, root: doc.First(), plan: made, shape: shape, text: normalized.Text, written: normalized.Written,
		aliases: normalized.Aliases, markers: normalized.Markers, labels: normalized.Labels, inputs: values, values: make(map[string][]byte, len(values)),
	}
	open := normalized.Holds(variables)
	p.holds = shape.Holds(open)
	made.Values(p.holds, len(open), func(name string, value []byte) { p.values[name] = value })
	for _, v := range values {
		p.values[v.Name] = v.JSON
		if len(v.Files) > 0 {
			if p.files == nil {
				p.files = map[string][]operation.Place{}
			}
			p.files[v.Name] = v.Files
		}
	}
	p.common = p.Kind() == operation.Subscription && doc.Below(g.super.Common)
	p.locals = g.introspect(doc, normalized.Markers, variables)
	return p, nil
}

// document reads a request, or remembers that it has been read before.
func (g *Graph) document(r operation.Request) (*operation.Document, operation.Errors) {
	key := documentKey{r.Query, r.OperationName}
	if doc, ok := g.documents.Get(key); ok {
		return doc, nil
	}
	doc, errs := operation.Read(g.super.Schema, g.names, r, g.opts.Limits)
	if errs != nil {
		return nil, errs
	}
	if len(r.Query) <= cachedQuery {
		g.documents.Add(key, doc)
	}
	return doc, nil
}

// labels are the labels of progressive overrides that are active for a request.
func (g *Graph) labels(ctx context.Context) []string {
	var active []string
	for _, label := range g.super.Labels {
		var percent float64
		if n, _ := fmt.Sscanf(label, "percent(%g)", &percent); n == 1 {
			if rand.Float64()*100 < percent {
				active = append(active, label)
			}
		} else if g.opts.Label != nil && g.opts.Label(ctx, label) {
			active = append(active, label)
		}
	}
	return active
}

// broken logs an error of our own making and gives what the client may know.
func (g *Graph) broken(doing string, err error) operation.Errors {
	g.opts.Log.Error("The engine could not "+doing+".", slog.Any("error", err))
	return operation.Fail(operation.Internal, "Internal error.")
}
