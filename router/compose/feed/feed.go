// Package feed brings subgraphs to the composer: from files, or from running
// subgraphs; once, or again and again as they change.
package feed

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"heddle/router/compose"
)

// Source gives the subgraphs as they are now.
type Source func(ctx context.Context) ([]compose.Subgraph, error)

// Fixed is a source of subgraphs that do not change.
func Fixed(subgraphs []compose.Subgraph) Source {
	return func(context.Context) ([]compose.Subgraph, error) { return subgraphs, nil }
}

// Update is what one look at the source gave.
type Update struct {
	Result compose.Result // the last good one, whatever the error
	Fresh  bool           // Result is new
	Err    error          // why there is no new one: the source's error, or compose.Errors
}

// Feed composes what a source gives and keeps the last result that was good.
// Its methods may be called at the same time.
type Feed struct {
	source Source

	mu          sync.Mutex
	last        []compose.Subgraph
	lastRefusal error // what composing the last subgraphs gave
	lastErr     error // what was told last
	good        compose.Result
	composed    bool
}

// New makes a feed of a source.
func New(source Source) *Feed { return &Feed{source: source} }

// Look asks the source once. Subgraphs that have not changed are not composed
// again. It says whether there is anything to tell: a new result, or a new error.
func (f *Feed) Look(ctx context.Context) (Update, bool) {
	subgraphs, err := f.source(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		return f.refuse(fmt.Errorf("read the subgraphs: %w", err))
	}
	if f.last != nil && slices.Equal(subgraphs, f.last) {
		recovered := f.lastErr != nil && f.lastRefusal == nil
		f.lastErr = f.lastRefusal
		return Update{Result: f.good, Fresh: recovered, Err: f.lastErr}, recovered
	}
	f.last = subgraphs
	result, err := compose.Compose(subgraphs)
	f.lastRefusal = err
	if err != nil {
		return f.refuse(err)
	}
	f.good, f.composed, f.lastErr = result, true, nil
	return Update{Result: result, Fresh: true}, true
}

func (f *Feed) refuse(err error) (Update, bool) {
	known := f.lastErr != nil && f.lastErr.Error() == err.Error()
	f.lastErr = err
	return Update{Result: f.good, Err: err}, !known
}

// Good is the last good result, and whether there is one.
func (f *Feed) Good() (compose.Result, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.good, f.composed
}

// Run looks at the source on every tick until the context is done, and delivers
// what is new.
func (f *Feed) Run(ctx context.Context, tick <-chan struct{}, deliver func(Update)) {
	for {
		if update, news := f.Look(ctx); news && ctx.Err() == nil {
			deliver(update)
		}
		select {
		case <-ctx.Done():
			return
		case _, open := <-tick:
			if !open {
				return
			}
		}
	}
}
