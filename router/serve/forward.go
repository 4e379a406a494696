package serve

import (
	"context"
	"net/http"

	"heddle/internal/trace"
)

// alwaysForwarded are the headers that every subgraph gets, if the client sent
// them. X-Request-Id comes on top.
var alwaysForwarded = []string{"Authorization", "Traceparent", "Tracestate"}

// forwarded is what travels to the subgraphs: the named headers of the client,
// replaced by those of over, and the request's id and trace.
func (s *Server) forwarded(ctx context.Context, from, over http.Header) http.Header {
	out := make(http.Header, len(s.forward)+1)
	for _, name := range s.forward {
		name = http.CanonicalHeaderKey(name)
		if values := over[name]; len(values) > 0 {
			out[name] = values
		} else if values := from[name]; len(values) > 0 {
			out[name] = values
		}
	}
	out.Set(trace.Header, trace.RequestID(ctx))
	if !trace.ValidParent(out.Get(trace.ParentHeader)) {
		out.Set(trace.ParentHeader, trace.Parent(ctx))
	}
	return out
}
