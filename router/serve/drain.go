package serve

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// stream is a connection that lives on by itself: a WebSocket or a stream of
// events.
type stream interface {
	drain() // finish what is running, then end
	abort() // end now
}

// streams knows all streams. The zero value is ready.
type streams struct {
	mu    sync.Mutex
	live  map[stream]struct{}
	over  bool          // no new ones are taken
	empty chan struct{} // closed when over and none is left
}

// add takes a stream in, unless the server drains.
func (s *streams) add(one stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	if s.live == nil {
		s.live = map[stream]struct{}{}
	}
	s.live[one] = struct{}{}
	return true
}

func (s *streams) remove(one stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.live[one]; !known {
		return
	}
	delete(s.live, one)
	if s.over && len(s.live) == 0 {
		close(s.empty)
	}
}

func (s *streams) draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

func (s *streams) all() []stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]stream, 0, len(s.live))
	for one := range s.live {
		list = append(list, one)
	}
	return list
}

// stop takes no new streams from now on.
func (s *streams) stop() (empty <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.over, s.empty = true, make(chan struct{})
		if len(s.live) == 0 {
			close(s.empty)
		}
	}
	return s.empty
}

// wave is how many connections end at once while draining, and swell how long it
// is until the next ones do: clients that come back elsewhere do not come all at
// the same time.
const (
	wave  = 500
	swell = 250 * time.Millisecond
)

// inWaves lets connections end, some after the others.
func (s *Server) inWaves(ctx context.Context, all []stream) {
	for len(all) > 0 && ctx.Err() == nil {
		n := min(wave, len(all))
		for _, one := range all[:n] {
			one.drain()
		}
		if all = all[n:]; len(all) == 0 {
			return
		}
		select {
		case <-time.After(swell):
		case <-ctx.Done():
		}
	}
}

// Drain ends the live connections, in waves: from now on /readyz says 503 and no new
// stream is taken; running queries and mutations finish; then WebSockets are
// closed with 1001 and event streams end without a complete event, so that
// clients connect again elsewhere. When ctx ends first, the rest is cut off.
// Plain requests are answered on; the http.Server's Shutdown waits for them.
func (s *Server) Drain(ctx context.Context) error {
	empty := s.streams.stop()
	s.inWaves(ctx, s.streams.all())
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	rest := s.streams.all()
	for _, one := range rest {
		one.abort()
	}
	<-empty
	return fmt.Errorf("%d connections were cut off while draining: %w", len(rest), ctx.Err())
}
