package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// result is what a contender did in a round, or in all rounds of a setting.
type result struct {
	contender, kind string
	delay           time.Duration
	requests        int
	fetches         int
	seconds         float64
	latencies       []time.Duration
	cpu             float64 // seconds
	peak            int64   // bytes
}

// newest is the number of the newest request: no number is used again.
const newest = 100_000_000

var numbers = func() *atomic.Int64 {
	n := new(atomic.Int64)
	n.Store(newest)
	return n
}()

// load lets the clients ask a contender for a while, each as fast as its answers
// come. Whoever has asked when the time is over gets the answer, too.
func load(ctx context.Context, f *field, clients int, duration time.Duration, c *contender, k kind) (result, error) {
	r := result{contender: c.name, kind: k.name}
	asked, err := f.fetches(ctx)
	if err != nil {
		return r, err
	}
	resetPeak(c.pid())
	used, began := cpuSeconds(c.pid()), time.Now()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range clients {
		wait.Go(func() {
			mine, err := askFor(ctx, c, k, began.Add(duration))
			mu.Lock()
			defer mu.Unlock()
			r.latencies, failed = append(r.latencies, mine...), errors.Join(failed, err)
		})
	}
	wait.Wait()
	r.seconds = time.Since(began).Seconds()
	r.cpu = cpuSeconds(c.pid()) - used
	r.requests, r.peak = len(r.latencies), peakMemory(c.pid())
	slices.Sort(r.latencies)
	now, err := f.fetches(ctx)
	r.fetches = now - asked
	return r, errors.Join(failed, err)
}

// askFor is one client: it asks until the end, and holds every answer against
// the length that it must have.
func askFor(ctx context.Context, c *contender, k kind, end time.Time) ([]time.Duration, error) {
	ctx, cancel := context.WithDeadline(ctx, end.Add(time.Minute))
	defer cancel()
	client, err := dial(ctx, c.address)
	if err != nil {
		return nil, err
	}
	defer client.close()
	var latencies []time.Duration
	for time.Now().Before(end) {
		n := numbers.Add(1)
		body, sent := k.body(n), time.Now()
		answer, err := client.ask(body)
		if err != nil {
			return latencies, err
		}
		if length := c.length(k, n); len(answer) != length {
			return latencies, fmt.Errorf("an answer has %d bytes, not %d: %.300s", len(answer), length, answer)
		}
		latencies = append(latencies, time.Since(sent))
	}
	return latencies, nil
}
