package collaboration

import (
	"context"
	"fmt"
	"sync"
)

// readers are the live readers of this process, as a service: Stop ends them,
// and returns when each has left its room.
type readers struct {
	mu      sync.Mutex
	ending  chan struct{} // closed when they are to end
	reading sync.WaitGroup
}

// Start lets readers in.
func (r *readers) Start(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending == nil {
		r.ending = make(chan struct{})
	}
	return nil
}

// Stop ends the readers.
func (r *readers) Stop(ctx context.Context) error {
	r.mu.Lock()
	if r.ending == nil {
		r.mu.Unlock()
		return nil
	}
	close(r.ending)
	r.ending = nil
	r.mu.Unlock()
	left := make(chan struct{})
	go func() {
		r.reading.Wait()
		close(left)
	}()
	select {
	case <-left:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for live readers to leave: %w", ctx.Err())
	}
}

// let runs a reader until it ends by itself or has to. It runs in the
// background; without readers being let in it ends at once.
func (r *readers) let(ctx context.Context, read func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	ending := r.ending
	if ending == nil {
		cancel()
	}
	r.reading.Add(1)
	go func() {
		defer r.reading.Done()
		defer cancel()
		if ending != nil {
			go func() {
				select {
				case <-ending:
					cancel()
				case <-ctx.Done():
				}
			}()
		}
		read(ctx)
	}()
}
