package fetch

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// untold are the headers that name a request and change nothing in its answer:
// two requests that differ in them alone are identical.
var untold = map[string]bool{"X-Request-Id": true, "Traceparent": true, "Tracestate": true, "Baggage": true}

// Shared sends identical requests that are in flight at the same time once.
type Shared struct {
	next    Fetcher
	flights Flights[Response]
}

// Share wraps a fetcher so that identical requests in flight are sent once.
// Requests are identical when their bodies and all their headers are, save for
// the headers that trace a request. It is only for requests that read.
func Share(next Fetcher) *Shared { return &Shared{next: next} }

// Fetch sends the request, or waits for an identical one that is under way.
func (s *Shared) Fetch(ctx context.Context, r Request) (Response, error) {
	return s.flights.Do(ctx, Identity(r), func(ctx context.Context) (Response, error) { return s.next.Fetch(ctx, r) })
}

// Waiting is how many callers wait for an answer.
func (s *Shared) Waiting() int { return s.flights.Waiting() }

// Renew ends the sharing of what is under way: see Flights.Renew.
func (s *Shared) Renew() { s.flights.Renew() }

// Identity is every byte that is sent: a key that is not hashed cannot collide.
func Identity(r Request) string {
	var b strings.Builder
	b.Grow(len(r.Body) + 256)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if untold[http.CanonicalHeaderKey(name)] {
			continue
		}
		for _, v := range r.Header[name] {
			b.WriteString(name)
			b.WriteByte(0)
			b.WriteString(v)
			b.WriteByte(0)
		}
	}
	b.WriteByte(0)
	b.Write(r.Body)
	return b.String()
}
