package execute

import (
	"context"

	"heddle/router/operation"
)

// Warm plans the operations that are in use on another graph, those used last
// first, until ctx ends. It tells how many were planned, and how many are in
// use. What this graph cannot answer is left to those who ask it.
func (g *Graph) Warm(ctx context.Context, from *Graph) (planned, used int) {
	keys := from.documents.Keys() // the one used longest ago comes first
	var read []documentKey
	for i := len(keys) - 1; i >= 0; i-- {
		old, there := from.documents.Peek(keys[i])
		if !there {
			continue
		}
		used++
		if ctx.Err() != nil {
			continue
		}
		if doc, errs := operation.Read(g.super.Schema, g.names, operation.Request{Query: keys[i].query, OperationName: keys[i].name}, g.opts.Limits); errs == nil {
			if g.warm(ctx, doc, old.Forms()) {
				planned++
			}
			read = append(read, keys[i])
			g.documents.Add(keys[i], doc)
		}
	}
	for i := len(read) - 1; i >= 0; i-- {
		g.documents.Get(read[i]) // so that the order of use is kept
	}
	return planned, used
}

// warm plans the forms of a document.
func (g *Graph) warm(ctx context.Context, doc *operation.Document, forms []operation.Form) bool {
	active := [][]string{nil}
	if len(g.super.Labels) > 0 {
		active = append(active, g.super.Labels)
	}
	for _, form := range forms {
		normalized, errs := doc.Normalise(form.Variables, form.Denied, form.Incremental)
		if errs != nil {
			return false
		}
		for _, labels := range active {
			if _, _, err := g.plans.Get(ctx, normalized, labels); err != nil {
				return false
			}
		}
	}
	return true
}
