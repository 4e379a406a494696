package collaboration

import (
	"sync"
	"time"
)

// throttle lets the first of what comes fast go at once, and of the rest the
// latest, once its time has come.
type throttle struct {
	every time.Duration

	mu    sync.Mutex
	turns map[string]*turn
}

func newThrottle(every time.Duration) *throttle {
	return &throttle{every: every, turns: map[string]*turn{}}
}

// turn is the time between two of a kind; next is what goes at its end.
type turn struct{ next func() }

// offer has what goes under the key go now, or at the end of the turn unless
// something later is offered until then.
func (t *throttle) offer(key string, what func()) {
	t.mu.Lock()
	if running := t.turns[key]; running != nil {
		running.next = what
		t.mu.Unlock()
		return
	}
	t.begin(key)
	t.mu.Unlock()
	what()
}

// begin begins a turn. The lock is held.
func (t *throttle) begin(key string) {
	t.turns[key] = &turn{}
	time.AfterFunc(t.every, func() { t.end(key) })
}

func (t *throttle) end(key string) {
	t.mu.Lock()
	next := t.turns[key].next
	delete(t.turns, key)
	if next != nil {
		t.begin(key)
	}
	t.mu.Unlock()
	if next != nil {
		next()
	}
}
