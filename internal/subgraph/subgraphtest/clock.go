package subgraphtest

import (
	"sync"
	"time"
)

// Clock stands still until it is moved. A world takes one with
//
//	w.Env.Now = clock.Now
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock is a clock that stands at noon.
func NewClock() *Clock { return &Clock{at: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

// Now is the time at which it stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Move moves it on.
func (c *Clock) Move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}
