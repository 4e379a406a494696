package subscribe

import "sync"

// Kind says what a message is.
type Kind int

// What a client is told: a response, that there will be no more, or that there
// will be no more because of errors.
const (
	Next Kind = iota
	Complete
	Failed
)

// Message is one thing for a client. Body is shared by all clients and must
// not be changed: a GraphQL response for Next, a JSON list of GraphQL errors
// for Failed.
type Message struct {
	Kind Kind
	Body []byte
}

// keep is how long an empty queue may be that is kept for the next messages.
const keep = 4

// Subscription is one client's part of an upstream: its queue.
type Subscription struct {
	hub   *Hub
	wake  func()
	limit int

	// of the upstream, under its lock
	up    *upstream
	index int

	mu    sync.Mutex
	queue []Message
	read  int  // how many of queue have been taken
	over  bool // the last message is in the queue, or the client has left
}

// Next takes the message that has waited longest; ok is false if none waits.
// After a Complete or Failed message there are no more.
func (s *Subscription) Next() (m Message, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == len(s.queue) {
		return Message{}, false
	}
	m, s.queue[s.read] = s.queue[s.read], Message{}
	s.read++
	if s.read == len(s.queue) {
		s.queue, s.read = s.queue[:0], 0
		if cap(s.queue) > keep {
			s.queue = nil
		}
	}
	return m, true
}

// Leave ends the subscription from the client's side. It may be called twice,
// and after the subscription has ended.
func (s *Subscription) Leave() {
	if s.up.remove(s) {
		s.hub.forget(s.up)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.read, s.over = nil, 0, true
}

// offer puts a message into the queue and tells whether there was room. If
// not, the last message says so.
func (s *Subscription) offer(m Message) bool {
	s.mu.Lock()
	room := len(s.queue)-s.read < s.limit
	if !room {
		m = Message{Kind: Failed, Body: Encode(Errors(tooSlow))}
	}
	first := s.push(m, !room)
	s.mu.Unlock()
	if first {
		s.wake()
	}
	return room
}

// finish puts the last message into the queue, full or not.
func (s *Subscription) finish(last Message) {
	s.mu.Lock()
	first := s.push(last, true)
	s.mu.Unlock()
	if first {
		s.wake()
	}
}

// push tells whether the message is the only one that waits.
func (s *Subscription) push(m Message, last bool) (first bool) {
	if s.over {
		return false
	}
	if s.read > 0 && len(s.queue) == cap(s.queue) {
		n := copy(s.queue, s.queue[s.read:])
		clear(s.queue[n:])
		s.queue, s.read = s.queue[:n], 0
	}
	s.queue = append(s.queue, m)
	s.over = last
	return len(s.queue)-s.read == 1
}
