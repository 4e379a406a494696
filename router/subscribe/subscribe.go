// Package subscribe fans events out: it holds one upstream per distinct
// operation, resolves each event once, and hands the same bytes to every
// client, so that no client costs the others anything.
package subscribe

import (
	"context"
	"log/slog"
	"sync"
)

// Options are what a hub can be told. The zero value works.
type Options struct {
	// Queue is how many messages wait for one client before its subscription
	// is ended; 0 means 256.
	Queue int
	// Log gets what clients must not see.
	Log *slog.Logger
}

// Hub holds the upstreams of all live subscriptions. It is safe for concurrent
// use. Its lock and an upstream's are never held together, so that a busy
// upstream keeps nobody from joining another. A wake function is called with the
// upstream's lock held and must not come back into the hub.
type Hub struct {
	opts    Options
	mu      sync.Mutex
	live    map[Key]*upstream
	running sync.WaitGroup
}

// NewHub makes a hub without subscriptions.
func NewHub(opts Options) *Hub {
	if opts.Queue == 0 {
		opts.Queue = 256
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{opts: opts, live: map[Key]*upstream{}}
}

// Join adds a client to the operation's upstream, which is opened if it is the
// first. wake is called whenever a message begins to wait where none waited
// before; it must not block. The upstream carries the values of ctx, but lives
// until its last client has left.
func (h *Hub) Join(ctx context.Context, op Operation, wake func()) *Subscription {
	s := &Subscription{hub: h, wake: wake, limit: h.opts.Queue}
	key := op.Key()
	for {
		up, opened := h.find(ctx, key, op, s)
		if opened || up.add(s) {
			return s
		}
		h.forget(up) // it has ended: open another
	}
}

// find returns the upstream of the key, or opens it for its first client.
func (h *Hub) find(ctx context.Context, key Key, op Operation, first *Subscription) (up *upstream, opened bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if up = h.live[key]; up != nil {
		return up, false
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	up = &upstream{hub: h, key: key, op: op, cancel: cancel, members: []*Subscription{first}}
	first.up = up
	h.live[key] = up
	h.running.Go(func() { up.run(ctx) })
	return up, true
}

// Upstreams tells how many upstreams are open.
func (h *Hub) Upstreams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.live)
}

// Wait returns when every upstream has been closed, which follows the leaving
// of its last client, or when ctx is done.
func (h *Hub) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { h.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forget closes an upstream that takes no more clients.
func (h *Hub) forget(up *upstream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.live[up.key] == up {
		delete(h.live, up.key)
	}
	up.cancel()
}
