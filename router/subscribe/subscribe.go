// Package subscribe fans events out: it holds one upstream per distinct
// operation, resolves each event once, and hands the same bytes to every
// client, so that no client costs the others anything.
package subscribe

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"heddle/internal/caller"
)

// Options are what a hub can be told. The zero value works.
type Options struct {
	// Queue is how many messages wait for one client before the rule of its
	// field is applied; 0 means 256. QueueBytes is how many bytes of responses do;
	// 0 means 8 MiB.
	Queue, QueueBytes int
	// Resume is how long a client whose connection was lost may come back and go
	// on where it was; 0 means 30 s, less means never.
	Resume time.Duration
	// BackOff is the first pause before a subgraph that was lost is asked again;
	// it doubles with each failure, up to a hundred times as much. 0 means 100 ms.
	BackOff time.Duration
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
	live    map[Key]*upstream      // that others may join
	all     map[*upstream]struct{} // that are open
	groups  map[Key]*upstream      // that people with different tokens share
	closed  bool                   // nobody comes back any more
	running sync.WaitGroup
}

// NewHub makes a hub without subscriptions.
func NewHub(opts Options) *Hub {
	opts.Queue = or(opts.Queue, 256)
	opts.QueueBytes = or(opts.QueueBytes, 8<<20)
	opts.Resume = or(opts.Resume, 30*time.Second)
	opts.BackOff = or(opts.BackOff, 100*time.Millisecond)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{opts: opts, live: map[Key]*upstream{}, all: map[*upstream]struct{}{}, groups: map[Key]*upstream{}}
}

func or[T int | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// Joining is how a client takes part.
type Joining struct {
	// Wake is called whenever a message begins to wait where none waited before;
	// it must not block.
	Wake func()
	// After is the cursor of a client that comes back; empty for a new one.
	After string
	// Notices asks that a gap is told at once, in a response of its own, and not
	// with the next one.
	Notices bool
	// Left is called when the client has left, and may be called again; nil tells
	// nobody.
	Left func()
	// Context is what of the client's context outlives the call that joins; nil
	// means all of it.
	Context context.Context
}

// Join adds a client to the operation's upstream, which is opened if it is the
// first. The upstream carries the values of ctx, but lives until its last client
// has left, and a while longer if that one may come back.
func (h *Hub) Join(ctx context.Context, op Operation, how Joining) *Subscription {
	if how.Context == nil {
		how.Context = ctx
	}
	s := &Subscription{
		hub: h, wake: how.Wake, notices: how.Notices, gone: how.Left, subject: caller.ID(ctx), rule: op.Rule(),
		ctx: context.WithoutCancel(how.Context), after: how.After,
	}
	s.ask(op)
	h.enter(s, nil)
	return s
}

// enter puts a client into the upstream of its own token, or opens one. A gap is
// owed to a client that was in another before.
func (h *Hub) enter(s *Subscription, owed *Gap) {
	key := s.operation().Key()
	for {
		up, opened := h.find(key, s, owed, s.rule.State)
		if !opened && up.cannotTell(s) {
			up, opened = h.find(key, s, owed, true)
		}
		if opened || up.add(s, owed) {
			return
		}
		h.forget(up) // it has ended: open another
	}
}

// enterAlone opens a stream for each of some clients that comes to where they
// were, which no other does.
func (h *Hub) enterAlone(all []*Subscription) {
	for _, s := range all {
		h.find(s.operation().Key(), s, nil, true)
	}
}

// find returns the upstream of the key, or opens it for its first client. One
// that begins otherwise than others would is not found by them.
func (h *Hub) find(key Key, first *Subscription, owed *Gap, alone bool) (up *upstream, opened bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if up = h.live[key]; up != nil && !alone {
		return up, false
	}
	ctx, cancel := context.WithCancel(first.ctx)
	op := first.operation()
	wide, asks := op.Shared()
	first.mu.Lock()
	defer first.mu.Unlock()
	if first.left {
		cancel()
		return nil, true
	}
	up = &upstream{
		hub: h, key: key, op: op, ctx: ctx, cancel: cancel, recent: newRecent(wide.tag()), changed: make(chan struct{}, 1),
		pending: owed, again: owed != nil, began: time.Now(), holder: first, members: []*Subscription{first}, asks: asks,
	}
	first.up, first.index = up, 0
	if asks && !first.rule.State {
		up.after = placeOf(first.after, wide.tag())
	}
	if up.after.known() {
		up.pending, first.owed = nil, owed
	}
	if !alone {
		h.live[key] = up
	}
	h.all[up] = struct{}{}
	h.running.Go(up.run)
	return up, true
}

// Upstreams tells how many upstreams are open.
func (h *Hub) Upstreams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

// Close ends the waiting for clients that may come back: they come back
// elsewhere.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	for _, up := range h.upstreams() {
		up.abandon()
	}
}

func (h *Hub) upstreams() []*upstream {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*upstream, 0, len(h.all))
	for up := range h.all {
		all = append(all, up)
	}
	return all
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
	delete(h.all, up)
	if h.groups[up.group] == up {
		delete(h.groups, up.group)
	}
	up.cancel()
}
