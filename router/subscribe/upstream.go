package subscribe

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"heddle/internal/fault"
)

// upstream is one open stream of events and the clients that share it.
type upstream struct {
	hub    *Hub
	key    Key
	op     Operation
	cancel context.CancelFunc

	mu      sync.Mutex
	members []*Subscription // a member knows its own index
	ended   bool            // no more clients are taken
}

// run reads the stream to its end and then ends what clients are left.
func (u *upstream) run(ctx context.Context) {
	defer u.cancel()
	last := Message{Kind: Complete}
	if err := u.read(ctx); err != nil && ctx.Err() == nil {
		u.hub.opts.Log.WarnContext(ctx, "a subscription's source failed", "error", err)
		last = Message{Kind: Failed, Body: Encode(Errors(err))}
	}
	u.hub.forget(u)
	u.end(last)
}

// read resolves each event once and hands it on, one after the other.
func (u *upstream) read(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("subscription panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return u.op.Source(ctx, func(event []byte) error {
		body, err := u.op.Event(ctx, event)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			u.hub.opts.Log.ErrorContext(ctx, "an event could not be resolved", "error", err)
			body = EncodeResponse(Errors(err))
		}
		u.deliver(Message{Kind: Next, Body: body})
		return nil
	})
}

// deliver hands a message to every client. One whose queue is full is told so
// and leaves.
func (u *upstream) deliver(m Message) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := 0; i < len(u.members); {
		s := u.members[i]
		if s.offer(m) {
			i++
			continue
		}
		u.drop(s)
	}
	if len(u.members) == 0 {
		u.ended = true
		u.cancel() // run ends, and the hub forgets
	}
}

// end hands the last message to every client and takes no more of them.
func (u *upstream) end(last Message) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	for _, s := range u.members {
		s.finish(last)
	}
	u.members = nil
}

// add takes a client in, unless the stream has ended or its last client left.
func (u *upstream) add(s *Subscription) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return false
	}
	s.up, s.index = u, len(u.members)
	u.members = append(u.members, s)
	return true
}

// remove takes a client away, and tells whether it was the last: then there
// will be no other.
func (u *upstream) remove(s *Subscription) (last bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s.index >= len(u.members) || u.members[s.index] != s {
		return false // gone already
	}
	u.drop(s)
	u.ended = len(u.members) == 0
	return u.ended
}

// drop takes a client out of the list; the last one takes its place.
func (u *upstream) drop(s *Subscription) {
	end := len(u.members) - 1
	moved := u.members[end]
	u.members[s.index], moved.index = moved, s.index
	u.members[end] = nil
	u.members = u.members[:end]
}

// tooSlow is what a client gets in place of the messages it had no room for.
var tooSlow = fault.New(fault.RateLimited,
	"This subscription was ended: its messages were not read as fast as they came. Subscribe again.")
