package fetch

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// Flights does work that is asked for several times at the same time once. The
// zero value is ready.
type Flights[T any] struct {
	mu  sync.Mutex
	all map[string]*flight[T]
}

// flight is work under way and the callers that wait for it. It goes on as long
// as one of them does, whoever came first.
type flight[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	result  T
	err     error
}

// Do does the work, or waits for that of the same key. The work's context has
// the values of the caller who came first and ends when nobody waits any more.
func (s *Flights[T]) Do(ctx context.Context, key string, work func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	f := s.all[key]
	if f == nil {
		f = s.start(ctx, key, work)
	}
	f.waiting++
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		s.leave(key, f)
		var none T
		return none, ctx.Err()
	}
}

// start begins work that outlives the caller who asked first. The caller holds
// mu.
func (s *Flights[T]) start(ctx context.Context, key string, work func(context.Context) (T, error)) *flight[T] {
	away, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight[T]{done: make(chan struct{}), cancel: cancel}
	if s.all == nil {
		s.all = map[string]*flight[T]{}
	}
	s.all[key] = f
	go func() {
		defer cancel()
		f.result, f.err = guarded(away, work)
		s.forget(key, f)
		close(f.done)
	}()
	return f
}

// guarded turns a panic into an error: nobody above could recover from it.
func guarded[T any](ctx context.Context, work func(context.Context) (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("shared work broke: %v\n%s", cause, debug.Stack())
		}
	}()
	return work(ctx)
}

// leave counts a caller out; the last one to leave cancels the work.
func (s *Flights[T]) leave(key string, f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.waiting == 0 {
		f.cancel()
		if s.all[key] == f {
			delete(s.all, key)
		}
	}
}

func (s *Flights[T]) forget(key string, f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[key] == f {
		delete(s.all, key)
	}
}

// Waiting is how many callers wait.
func (s *Flights[T]) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.all {
		n += f.waiting
	}
	return n
}

// Renew ends the sharing of what is under way: who asks from now on gets a
// result that was begun from now on. Whoever has just changed something calls
// it, so that nobody reads what was true before.
func (s *Flights[T]) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
}
