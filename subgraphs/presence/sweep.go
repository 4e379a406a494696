package presence

import (
	"context"
	"time"

	"heddle/internal/events"
)

// sweepEvery is how often a process looks for devices that were not heard of.
const sweepEvery = 500 * time.Millisecond

// sweep lets go of what has expired. Every process does, and each change is
// made and published by one: by the script that makes it.
func (r *Resolvers) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := r.sweepAll(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "could not let go of devices that were not heard of; trying again", "error", err)
		}
		failing = err != nil
	}
}

func (r *Resolvers) sweepAll(ctx context.Context) error {
	for {
		n, err := r.Store.Sweep(ctx, r.Now())
		if err != nil || n < sweepAtOnce {
			return err
		}
	}
}

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.RepeatableHandler {
	return map[string]events.RepeatableHandler{
		"user.deleted": func(ctx context.Context, e events.Event) error { return r.Store.ForgetUser(ctx, e.Entity, r.Now()) },
		"room.deleted": func(ctx context.Context, e events.Event) error { return r.Store.ForgetRoom(ctx, e.Entity, r.Now()) },
	}
}
