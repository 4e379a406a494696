package subscribe

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"heddle/router/supergraph"
)

// keep is how long an empty queue may be that is kept for the next messages.
const keep = 4

// Subscription is one client's part of an upstream: its queue.
type Subscription struct {
	hub     *Hub
	wake    func()
	gone    func() // tells that the client has left; may be nil
	notices bool   // a gap is told at once, not with the next response
	subject string // who listens; empty for nobody known
	// What a client brought that shares an upstream with others: its operation as
	// it asked for it, and the values of its context.
	own atomic.Pointer[Operation]
	ctx context.Context
	// after is the cursor with which it came back, until it is known where that
	// leads to.
	after string
	owed  *Gap  // what it is told if that is nowhere; nil for the usual
	heard Place // up to where it has heard all, in a stream that has not come there yet

	// of the upstream, under its lock
	index int

	mu    sync.Mutex
	up    *upstream
	rule  supergraph.Live
	queue []*event
	read  int  // how many of queue have been taken
	bytes int  // of the responses that wait
	gap   *Gap // before the first that waits
	over  bool // the last message is in the queue, or the client has left
	left  bool // the client has
}

// Next takes the message that has waited longest; ok is false if none waits.
// After a Complete or Failed message there are no more.
func (s *Subscription) Next() (m Message, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.read < len(s.queue) {
		e := s.queue[s.read]
		if e.kind != Next && e.kind != notice && s.gap != nil { // before the end
			m, s.gap = Message{Kind: Next, Body: nothing, Gap: s.gap}, nil
			return m, true
		}
		s.taken()
		switch {
		case e.kind != notice:
			m = Message{Kind: e.kind, Body: e.body, Cursor: e.cursor}
		case !s.notices:
			s.gap = s.gap.with(e.gap)
			continue
		default:
			s.gap = s.gap.with(e.gap)
			m = Message{Kind: Next, Body: nothing, Cursor: e.cursor}
		}
		if m.Kind == Next {
			m.Gap, s.gap = s.gap, nil
		}
		return m, true
	}
	return Message{}, false
}

// taken removes the first that waits.
func (s *Subscription) taken() {
	s.bytes -= len(s.queue[s.read].body)
	s.queue[s.read] = nil
	s.read++
	if s.read == len(s.queue) {
		s.queue, s.read = s.queue[:0], 0
		if cap(s.queue) > keep {
			s.queue = nil
		}
	}
}

// Leave ends the subscription from the client's side. It may be called twice,
// and after the subscription has ended.
func (s *Subscription) Leave() { s.leave(false) }

// Lose is Leave for a client whose connection was lost: it may come back within
// a while with the cursor that it had, so what comes meanwhile is kept.
func (s *Subscription) Lose() { s.leave(true) }

func (s *Subscription) leave(mayReturn bool) {
	s.mu.Lock()
	s.queue, s.read, s.bytes, s.over, s.left = nil, 0, 0, true, true
	up := s.up
	s.mu.Unlock()
	if s.gone != nil {
		s.gone()
	}
	for up != nil { // it may be moved to another meanwhile
		if up.remove(s, mayReturn) {
			s.hub.forget(up)
		}
		s.mu.Lock()
		now := s.up
		s.mu.Unlock()
		if now == up {
			return
		}
		up = now
	}
}

// Renew lets the subscription go on with other headers, those of a token that
// replaces the one it was begun with.
func (s *Subscription) Renew(header http.Header) {
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	if up == nil {
		return
	}
	renewed, ours := s.operation().(Planned)
	if !ours {
		return
	}
	renewed.Header = header
	s.ask(renewed)
	up.mu.Lock()
	grouped := up.grouped
	if up.holder == s || !grouped {
		up.op = renewed
	}
	up.mu.Unlock()
	if !grouped {
		s.hub.rename(up, renewed.Key())
	}
}

// operation is what the client asked for; ask puts another in its place.
func (s *Subscription) operation() Operation { return *s.own.Load() }

func (s *Subscription) ask(op Operation) { s.own.Store(&op) }

// offer puts an event into the queue. It is false if there was no room and the
// subscription has ended because of that.
func (s *Subscription) offer(e *event) bool {
	s.mu.Lock()
	if e.place.known() && e.place <= s.heard {
		s.mu.Unlock()
		return true
	}
	stays := true
	if s.full(e) && !s.over {
		switch s.rule.Full {
		case supergraph.DropOldest:
			s.dropOldest()
		case supergraph.Latest:
			s.dropOlder(e)
		default:
			e, stays = tooSlow, false
		}
	}
	first := s.push(e, !stays)
	s.mu.Unlock()
	if first {
		s.wake()
	}
	return stays
}

// standsAt notes where the client goes on elsewhere. The locks are held.
func (s *Subscription) standsAt(u *upstream) {
	if s.after == "" {
		s.after = u.recent.cursorAt(max(u.recent.stands, s.heard))
	}
}

func (s *Subscription) full(e *event) bool {
	waiting := len(s.queue) - s.read
	return waiting > 0 && (waiting >= s.hub.opts.Queue || s.bytes+len(e.body) > s.hub.opts.QueueBytes)
}

// dropOldest makes room. More than one message may have to go for a long one.
func (s *Subscription) dropOldest() {
	e := s.queue[s.read]
	s.taken()
	s.missed(e)
}

func (s *Subscription) missed(e *event) {
	if e.kind == notice {
		s.gap = s.gap.with(e.gap)
		return
	}
	s.gap = s.gap.with(&Gap{Reason: Slow, Missed: 1})
}

// dropOlder makes room for e: it takes out the first message after which another
// about the same entity waits or comes, or else the oldest.
func (s *Subscription) dropOlder(e *event) {
	later := map[string]bool{e.entity: true}
	superseded := -1
	for i := len(s.queue) - 1; i >= s.read; i-- {
		if old := s.queue[i]; old.kind == Next && old.entity != "" {
			if later[old.entity] {
				superseded = i
			}
			later[old.entity] = true
		}
	}
	if superseded < 0 {
		s.dropOldest()
		return
	}
	old := s.queue[superseded]
	copy(s.queue[superseded:], s.queue[superseded+1:])
	s.queue[len(s.queue)-1] = nil
	s.queue = s.queue[:len(s.queue)-1]
	s.bytes -= len(old.body)
	s.missed(old)
}

// finish puts the last message into the queue, full or not.
func (s *Subscription) finish(last *event) {
	s.mu.Lock()
	first := s.push(last, true)
	s.mu.Unlock()
	if first {
		s.wake()
	}
}

// push tells whether the message is the only one that waits.
func (s *Subscription) push(e *event, last bool) (first bool) {
	if s.over {
		return false
	}
	if s.read > 0 && len(s.queue) == cap(s.queue) {
		n := copy(s.queue, s.queue[s.read:])
		clear(s.queue[n:])
		s.queue, s.read = s.queue[:n], 0
	}
	s.queue = append(s.queue, e)
	s.bytes += len(e.body)
	s.over = last
	return len(s.queue)-s.read == 1
}
