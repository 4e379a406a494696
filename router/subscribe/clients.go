package subscribe

import "time"

// add takes a client in, unless the stream has ended or its last client left.
// One that comes back first gets what it missed.
func (u *upstream) add(s *Subscription, owed *Gap) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return false
	}
	return u.take(s, func() []*event {
		switch {
		case s.after == "":
		case !u.asks || u.grouped || u.recent.names(s.after):
			s.owed = owed
			return u.returned(s)
		case placeOf(s.after, u.recent.tag).known():
			s.owed = owed
			return nil
		}
		if owed != nil {
			return []*event{{kind: notice, gap: owed, cursor: u.recent.cursor()}}
		}
		return nil
	})
}

// cannotTell is true if what a client missed is known to the subgraph at most.
func (u *upstream) cannotTell(s *Subscription) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return (u.grouped || u.recent.since.known()) && u.lacks(s)
}

// take makes a client one of the members, and gives it what it is to hear first.
// The lock is held.
func (u *upstream) take(s *Subscription, missed func() []*event) bool {
	s.mu.Lock()
	if s.left {
		s.mu.Unlock()
		return true
	}
	if u.linger != nil {
		u.linger.Stop()
		u.linger = nil
	}
	s.up, s.index = u, len(u.members)
	u.members = append(u.members, s)
	first := false
	for _, e := range missed() {
		first = s.push(e, false) || first
	}
	s.mu.Unlock()
	if len(u.members) == 1 {
		u.promote()
	}
	if first {
		s.wake()
	}
	return true
}

// returned is what a client that comes back has missed, or word that this is not
// known. Both locks are held.
func (u *upstream) returned(s *Subscription) []*event {
	missed, known := u.recent.after(s.after)
	if !known {
		return u.from(s, placeOf(s.after, u.recent.tag))
	}
	s.after, s.owed = "", nil
	return missed
}

// from is what a client has missed that heard everything up to a place. Both
// locks are held.
func (u *upstream) from(s *Subscription, place Place) []*event {
	missed, known := u.recent.afterPlace(place)
	gap := s.owed
	s.after, s.owed = "", nil
	switch {
	case known:
		s.heard = place
		return missed
	case gap == nil && s.rule.State:
		return nil // it begins with the state, in which everything is
	case gap == nil:
		gap = &Gap{Reason: Resumed}
	}
	return []*event{{kind: notice, gap: gap, cursor: u.recent.cursor()}}
}

// lacks tells whether a client was at a place from which the subgraph may know
// what it missed, and nobody here does. The locks are held.
func (u *upstream) lacks(s *Subscription) bool {
	place := placeOf(s.after, u.recent.tag)
	_, kept := u.recent.afterPlace(place)
	return u.asks && place.known() && !kept && !u.recent.names(s.after)
}

// settleReturned gives clients that came back with a cursor what they missed, or
// tells them that it is nowhere known. Those who were at a place from which the
// subgraph alone may know are given, to ask it. The lock is held.
func (u *upstream) settleReturned() (apart []*Subscription) {
	for i := 0; i < len(u.members); {
		s := u.members[i]
		s.mu.Lock()
		if len(u.members) > 1 && u.lacks(s) {
			s.mu.Unlock()
			u.drop(s)
			apart = append(apart, s)
			continue
		}
		first := false
		if s.after != "" {
			for _, e := range u.returned(s) {
				first = s.push(e, false) || first
			}
		}
		s.mu.Unlock()
		if first {
			s.wake()
		}
		i++
	}
	return apart
}

// promote lets the first of those who are there hold the upstream: events are
// resolved with its token. The lock is held.
func (u *upstream) promote() {
	u.holder = u.members[0]
	u.op = u.holder.operation()
}

// remove takes a client away, and tells whether it was the last and nobody may
// come back: then there will be no other.
func (u *upstream) remove(s *Subscription, mayReturn bool) (last bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s.index >= len(u.members) || u.members[s.index] != s {
		return false // gone already
	}
	u.drop(s)
	if len(u.members) > 0 {
		return false
	}
	if window := u.hub.returning(); mayReturn && window > 0 && (u.grouped || !u.op.Rule().State) {
		u.linger = time.AfterFunc(window, u.abandon)
		return false
	}
	u.ended = true
	return true
}

// returning is how long a client may take to come back now.
func (h *Hub) returning() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0
	}
	return h.opts.Resume
}

// abandon ends an upstream that has waited for clients to come back.
func (u *upstream) abandon() {
	u.mu.Lock()
	alone := u.linger != nil && len(u.members) == 0
	if alone {
		u.linger.Stop()
		u.ended = true
	}
	u.mu.Unlock()
	if alone {
		u.hub.forget(u)
	}
}

// drop takes a client out of the list; the last one takes its place.
func (u *upstream) drop(s *Subscription) {
	end := len(u.members) - 1
	moved := u.members[end]
	u.members[s.index], moved.index = moved, s.index
	u.members[end] = nil
	u.members = u.members[:end]
	if u.holder == s && u.grouped && end > 0 {
		u.promote()
	}
}
