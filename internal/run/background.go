package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Background is a function that works until its context ends, as a Service.
// The context carries the values of the one Start was given, but lives until
// Stop. Stop waits for the function and returns its error, unless it only
// says that it was cancelled.
func Background(work func(ctx context.Context) error) Service {
	return &background{work: work}
}

type background struct {
	work   func(ctx context.Context) error
	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan error
}

func (b *background) Start(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel != nil {
		return nil
	}
	ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	b.done = make(chan error, 1)
	go func() {
		err := b.work(ctx)
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		b.done <- err
	}()
	return nil
}

func (b *background) Stop(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel == nil {
		return nil
	}
	b.cancel()
	select {
	case err := <-b.done:
		b.cancel = nil
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for background work to end: %w", ctx.Err())
	}
}
