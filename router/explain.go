package router

import (
	"context"
	"encoding/json"

	"heddle/internal/caller"
	"heddle/router/operation"
)

// explains tells whether the caller of a request wants to be shown its plan, and
// may be.
func (r *Router) explains(ctx context.Context, request operation.Request) bool {
	if r.opts.ExplainScope == "" || len(request.Extensions) == 0 {
		return false
	}
	var asked struct{ Explain any }
	if json.Unmarshal(request.Extensions, &asked) != nil || asked.Explain != true {
		return false
	}
	who, known := caller.From(ctx)
	return known && who.HasScope(r.opts.ExplainScope)
}
