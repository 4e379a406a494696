package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"heddle/bench/gateway/shop"
)

// kind is a kind of requests; next gives the n-th.
type kind struct {
	name string
	next func(n int64) request
}

// kinds are what the gateways are loaded with. The top products are counted by a
// number that is larger than any there is, so that all answers are the same.
var kinds = []kind{
	{"one request, repeated", func(int64) request { return request{Query: shop.Query()} }},
	{"other variables each time", func(n int64) request {
		query := strings.Replace(strings.Replace(shop.Query(), "TestQuery {", "TestQuery($n: Int) {", 1), "topProducts {", "topProducts(first: $n) {", 1)
		return request{Query: query, Variables: map[string]any{"n": 100 + n}}
	}},
	{"other text each time", func(n int64) request {
		return request{Query: strings.Replace(shop.Query(), "topProducts {", fmt.Sprintf("topProducts(first: %d) {", 100+n), 1)}
	}},
}

// result is what a contender did in one round.
type result struct {
	contender, kind string
	requests        int
	seconds         float64
	latencies       []time.Duration
	cpu             float64
	peak            int64
}

// load lets the clients ask as fast as answers come.
func load(ctx context.Context, s settings, c *contender, k kind) (result, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: s.clients}}
	defer client.CloseIdleConnections()
	var counter atomic.Int64
	counter.Store(time.Now().UnixNano() % 1e9)
	for range 20 { // warm
		if _, err := ask(ctx, client, c.address, k.next(counter.Add(1))); err != nil {
			return result{}, err
		}
	}
	r := result{contender: c.name, kind: k.name}
	before, began := cpuSeconds(c.process.Process.Pid), time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.duration)
	defer cancel()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range s.clients {
		wait.Go(func() {
			var mine []time.Duration
			for ctx.Err() == nil {
				sent := time.Now()
				_, err := ask(ctx, client, c.address, k.next(counter.Add(1)))
				if err != nil && ctx.Err() == nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				if err == nil {
					mine = append(mine, time.Since(sent))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			r.latencies = append(r.latencies, mine...)
		})
	}
	wait.Wait()
	r.seconds = time.Since(began).Seconds()
	r.cpu = cpuSeconds(c.process.Process.Pid) - before
	r.requests, r.peak = len(r.latencies), peakMemory(c.process.Process.Pid)
	slices.Sort(r.latencies)
	return r, failed
}

// cpuSeconds is what a process has used so far (Linux).
func cpuSeconds(pid int) float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var ticks float64
	for _, i := range []int{11, 12} {
		n, _ := strconv.ParseFloat(fields[i], 64)
		ticks += n
	}
	return ticks / 100
}

// peakMemory is the largest resident set of a process so far, in bytes (Linux).
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
