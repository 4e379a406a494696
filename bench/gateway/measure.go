package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
)

// measure is the benchmark: start, warm up, load in turn, report.
func measure(ctx context.Context, s settings, w io.Writer) error {
	dir, err := os.MkdirTemp("", "heddle-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := enter(ctx, s, dir)
	defer f.stop()
	if err != nil {
		return err
	}
	if err := f.warm(ctx, s); err != nil {
		return err
	}
	var results []result
	for _, delay := range s.delays {
		if err := f.slow(ctx, delay); err != nil {
			return err
		}
		for range s.rounds {
			round, err := f.round(ctx, s)
			if err != nil {
				return err
			}
			for _, r := range round {
				r.delay = delay
				results = add(results, r)
			}
		}
	}
	fmt.Fprintf(w, "%d bytes of answer, %d clients, %d rounds of %s for each kind\n", f.contenders[0].lengths[same], s.clients, s.rounds, s.duration)
	report(w, s, results)
	return nil
}

// warm loads every contender for a while, unmeasured.
func (f *field) warm(ctx context.Context, s settings) error {
	for _, c := range f.contenders {
		for _, k := range s.chosen() {
			if !c.asked(k.name) {
				continue
			}
			if _, err := load(ctx, f, s.clients, s.warm, c, k); err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, k.what, err)
			}
		}
	}
	return nil
}

// round loads every contender once with each kind.
func (f *field) round(ctx context.Context, s settings) ([]result, error) {
	var results []result
	for _, k := range s.chosen() {
		for _, c := range f.contenders {
			if !c.asked(k.name) || !s.wants(c.name) {
				continue
			}
			r, err := load(ctx, f, s.clients, s.duration, c, k)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", c.name, k.what, err)
			}
			results = append(results, r)
		}
	}
	return results, nil
}

// chosen are the kinds that are asked for.
func (s settings) chosen() []kind {
	var chosen []kind
	for _, k := range kinds {
		if slices.Contains(s.kinds, k.name) {
			chosen = append(chosen, k)
		}
	}
	return chosen
}

// add adds a round to those of the same contender, kind and delay.
func add(results []result, r result) []result {
	i := slices.IndexFunc(results, func(have result) bool {
		return have.contender == r.contender && have.kind == r.kind && have.delay == r.delay
	})
	if i < 0 {
		return append(results, r)
	}
	have := &results[i]
	have.requests += r.requests
	have.fetches += r.fetches
	have.seconds += r.seconds
	have.cpu += r.cpu
	have.peak = max(have.peak, r.peak)
	have.latencies = append(have.latencies, r.latencies...)
	slices.Sort(have.latencies)
	return results
}
