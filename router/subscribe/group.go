package subscribe

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// word is what a subgraph says beside its events, in extensions.live.
type word struct {
	// Scope names what the stream is the same for: everybody who is let in.
	Scope string `json:"scope"`
	// Lost are the people who may hear no more, from here on.
	Lost []string `json:"lost"`
	// Anew says that the access of everybody but the caller is to be looked at
	// again.
	Anew bool `json:"anew"`
	// At is where the stream stands: after the event beside it, or now.
	At *uint64 `json:"at"`
	// From says that the stream begins after the place that was asked for, and
	// that nothing is missing since.
	From *uint64 `json:"from"`

	alone bool // there is no event beside it
}

// readWord finds the word of a message; nil if there is none.
func readWord(message []byte) *word {
	if !bytes.Contains(message, []byte(`"live"`)) {
		return nil
	}
	var read struct {
		Data       json.RawMessage `json:"data"`
		Errors     json.RawMessage `json:"errors"`
		Extensions struct {
			Live *word `json:"live"`
		} `json:"extensions"`
	}
	if json.Unmarshal(message, &read) != nil || read.Extensions.Live == nil {
		return nil
	}
	w := read.Extensions.Live
	w.alone = read.Errors == nil && (read.Data == nil || string(read.Data) == "null")
	return w
}

// errMoved ends a stream whose clients have all gone to another.
var errMoved = errors.New("the clients share another stream")

// errAnew ends a stream whose clients are to ask for themselves.
var errAnew = errors.New("everybody's access is looked at anew")

// heed acts on a subgraph's word that a stream can be shared. It tells whether all
// clients have moved to an upstream that others have.
func (u *upstream) heed(w *word) (moved bool) {
	u.mu.Lock()
	wide, may := u.op.Shared()
	u.recent.reach(At(w.At))
	u.mu.Unlock()
	if !may {
		return false
	}
	group := Key(sha256.Sum256(append(wide[:], w.Scope...)))
	for {
		other := u.hub.joinGroup(group, u)
		if other == u {
			u.mu.Lock()
			u.grouped = true
			apart := u.settleReturned()
			u.mu.Unlock()
			u.hub.enterAlone(apart)
			return false
		}
		if u.moveTo(other) {
			return true
		}
		u.hub.leaveGroup(group, other) // it has ended
	}
}

// joinGroup gives the upstream of a group, which is u if there was none.
func (h *Hub) joinGroup(group Key, u *upstream) *upstream {
	h.mu.Lock()
	defer h.mu.Unlock()
	if other := h.groups[group]; other != nil {
		return other
	}
	h.groups[group], u.group = u, group
	return u
}

func (h *Hub) leaveGroup(group Key, u *upstream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.groups[group] == u {
		delete(h.groups, group)
	}
}

// moveTo gives all clients to another upstream, in which they hear from now on
// what they would have heard here. It is false if that one has ended.
func (u *upstream) moveTo(other *upstream) bool {
	for {
		u.mu.Lock()
		members := u.members
		u.members = nil
		u.ended = len(members) == 0
		u.mu.Unlock()
		if len(members) == 0 {
			return true
		}
		for i, s := range members {
			if !other.adopt(s, u) {
				u.mu.Lock()
				for _, s := range members[i:] {
					s.index = len(u.members)
					u.members = append(u.members, s)
				}
				u.promote()
				u.mu.Unlock()
				return false
			}
		}
	}
}

// adopt takes in a client whose own stream was opened to find out that it may
// share this one. It goes on here where it stood there, if the subgraph counts;
// else it gets too what came here since its own was asked for. Nothing falls
// between the two.
func (u *upstream) adopt(s *Subscription, from *upstream) bool {
	stood := from.stood()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return false
	}
	return u.take(s, func() []*event {
		switch {
		case s.after != "" && !s.rule.State:
			return u.returned(s)
		case stood.known():
			return u.from(s, max(stood, s.heard))
		case s.after != "" && u.recent.names(s.after):
			return u.returned(s)
		}
		s.after = "" // the state that it began with has what it missed
		return u.recent.sinceMoment(from.began)
	})
}

// stood is where the stream stands.
func (u *upstream) stood() Place {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.recent.stands
}

// noMore is what somebody gets who has lost the access that a stream needs: it
// ends for them, as it would if they were alone in it.
var noMore = &event{kind: Complete}

// lose ends the subscriptions of those who may hear no more. When the stream was
// opened for one of them, all others are to ask for themselves: it says so.
func (u *upstream) lose(w *word) (anew bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := 0; i < len(u.members); {
		s := u.members[i]
		if s.subject == "" || !slices.Contains(w.Lost, s.subject) {
			i++
			continue
		}
		s.finish(noMore)
		u.drop(s)
	}
	u.dissolve = u.dissolve || slices.Contains(w.Lost, u.opener)
	if len(w.Lost) > 0 && len(u.members) == 0 && u.linger == nil {
		u.dissolve = true
	}
	return u.dissolve
}

// recheck lets everybody ask for themselves but those with the token that the
// stream was opened with. It goes on meanwhile, and who comes back to it misses
// nothing.
func (u *upstream) recheck() {
	u.mu.Lock()
	var apart []*Subscription
	for i := 0; i < len(u.members); {
		s := u.members[i]
		if s.operation().Key() == u.key {
			i++
			continue
		}
		u.drop(s)
		s.mu.Lock()
		s.standsAt(u)
		s.mu.Unlock()
		apart = append(apart, s)
	}
	if window := u.hub.opts.Resume; len(u.members) == 0 && u.linger == nil {
		u.linger = time.AfterFunc(max(window, time.Second), u.abandon)
	}
	u.mu.Unlock()
	for _, s := range apart {
		u.hub.enter(s, nil)
	}
}

// dissolved lets everybody who shares an upstream that was lost, or that must be
// looked at anew, ask with their own token. It tells whether it did.
func (u *upstream) dissolved(gap *Gap, lost bool) bool {
	u.mu.Lock()
	must := u.dissolve || u.grouped && lost
	if u.pending != nil {
		gap = u.pending
	}
	var members []*Subscription
	if must {
		members, u.members = u.members, nil
		u.ended = true
	}
	if u.recent.stands.known() {
		for _, s := range members {
			s.mu.Lock()
			s.standsAt(u)
			s.mu.Unlock()
		}
	}
	u.mu.Unlock()
	if !must {
		return false
	}
	u.hub.forget(u)
	for _, s := range members {
		s.mu.Lock()
		left := s.left
		s.mu.Unlock()
		if !left {
			u.hub.enter(s, gap)
		}
	}
	return true
}
