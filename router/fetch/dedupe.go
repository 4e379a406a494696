package fetch

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// untold are the headers that name a request and change nothing in its answer:
// two requests that differ in them alone are identical.
var untold = map[string]bool{"X-Request-Id": true, "Traceparent": true, "Tracestate": true, "Baggage": true}

// Shared sends identical requests that are in flight at the same time once.
type Shared struct {
	next    Fetcher
	mu      sync.Mutex
	flights map[string]*flight
}

// Share wraps a fetcher so that identical requests in flight are sent once.
// Requests are identical when their bodies and all their headers are, save for
// the headers that trace a request. It is only for requests that read.
func Share(next Fetcher) *Shared {
	return &Shared{next: next, flights: map[string]*flight{}}
}

// flight is a request under way and the callers that wait for it. It goes on as
// long as one of them does, whoever came first.
type flight struct {
	done     chan struct{}
	cancel   context.CancelFunc
	waiting  int
	response Response
	err      error
}

// Fetch sends the request, or waits for an identical one that is under way.
func (s *Shared) Fetch(ctx context.Context, r Request) (Response, error) {
	key := identity(r)
	s.mu.Lock()
	f := s.flights[key]
	if f == nil {
		f = s.start(ctx, key, r)
	}
	f.waiting++
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.response, f.err
	case <-ctx.Done():
		s.leave(key, f)
		return Response{}, ctx.Err()
	}
}

// start sends a request that outlives the caller who asked first. The caller
// holds mu.
func (s *Shared) start(ctx context.Context, key string, r Request) *flight {
	away, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{done: make(chan struct{}), cancel: cancel}
	s.flights[key] = f
	go func() {
		defer cancel()
		f.response, f.err = s.next.Fetch(away, r)
		s.forget(key, f)
		close(f.done)
	}()
	return f
}

// leave counts a caller out; the last one to leave cancels the request.
func (s *Shared) leave(key string, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.waiting == 0 {
		f.cancel()
		if s.flights[key] == f {
			delete(s.flights, key)
		}
	}
}

// Renew ends the sharing of what is under way: who asks from now on gets an
// answer that was begun from now on. Whoever has just changed something calls
// it, so that nobody reads what was true before.
func (s *Shared) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flights = map[string]*flight{}
}

func (s *Shared) forget(key string, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flights[key] == f {
		delete(s.flights, key)
	}
}

// identity is every byte that is sent: a key that is not hashed cannot collide.
func identity(r Request) string {
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

// Waiting is how many callers wait for an answer.
func (s *Shared) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.flights {
		n += f.waiting
	}
	return n
}
