package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ledger counts what each message's subscribers have heard.
type ledger struct {
	mu          sync.Mutex
	subscribers int
	flights     []flight
	deliveries  int
	took        histogram
	wrong       error // the first thing that a subscriber should not have heard
}

// flight is one message on its way.
type flight struct {
	sent  time.Time
	heard int
	all   chan struct{} // closed when every subscriber has heard it
}

// send notes that a message is about to be said, and gives its name.
func (l *ledger) send() (name int, all <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flights = append(l.flights, flight{sent: time.Now(), all: make(chan struct{})})
	return len(l.flights) - 1, l.flights[len(l.flights)-1].all
}

// heard notes a delivery; the lock is held.
func (l *ledger) heard(name int, at time.Time) {
	if name < 0 || name >= len(l.flights) {
		l.complain(fmt.Errorf("a subscriber hears message %d of %d", name, len(l.flights)))
		return
	}
	f := &l.flights[name]
	f.heard++
	l.deliveries++
	l.took.add(at.Sub(f.sent))
	if f.heard == l.subscribers {
		close(f.all)
	}
}

func (l *ledger) complain(err error) {
	if l.wrong == nil {
		l.wrong = err
	}
}

// since is what has been delivered since it was asked last.
func (l *ledger) since() (deliveries int, took histogram, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	deliveries, took, err = l.deliveries, l.took, l.wrong
	l.deliveries, l.took = 0, histogram{}
	return deliveries, took, err
}

// await waits until all have heard a message. It tells how many have not when
// ctx ends first.
func (l *ledger) await(ctx context.Context, name int, all <-chan struct{}) error {
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		return errors.Join(fmt.Errorf("%d of %d have not heard the message in time", l.subscribers-l.flights[name].heard, l.subscribers), l.wrong)
	}
}

// grain is how finely times are told apart.
const grain = 100 * time.Microsecond

// histogram counts durations up to 10 s.
type histogram [100_000]uint32

func (h *histogram) add(d time.Duration) { h[min(max(int(d/grain), 0), len(h)-1)]++ }

// quantile is at most a grain too long.
func (h *histogram) quantile(q float64) time.Duration {
	var all uint64
	for _, n := range h {
		all += uint64(n)
	}
	rest := uint64(q * float64(all))
	for i, n := range h {
		if uint64(n) > rest {
			return time.Duration(i+1) * grain
		}
		rest -= uint64(n)
	}
	return 0
}
