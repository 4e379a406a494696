package plan

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"heddle/router/operation"
)

// CacheOptions bound a cache and the making of its plans. A zero field means its
// default.
type CacheOptions struct {
	// Plans is how many plans are kept; default 1,024.
	Plans int
	// Bytes is how much memory they may take, about; default 64 MiB.
	Bytes int
	// Time is how long the making of one may take; default 5 s.
	Time time.Duration
	// Steps is how many steps the making of one may take; default 2,000,000. An
	// operation that takes more is refused without trying again.
	Steps int
}

func (o CacheOptions) withDefaults() CacheOptions {
	if o.Plans == 0 {
		o.Plans = 1024
	}
	if o.Bytes == 0 {
		o.Bytes = 64 << 20
	}
	if o.Time == 0 {
		o.Time = 5 * time.Second
	}
	if o.Steps == 0 {
		o.Steps = 2_000_000
	}
	return o
}

// Cache keeps plans by the text of the normalised operation. However many
// requests wait for a plan, it is made once.
type Cache struct {
	planner *Planner
	opts    CacheOptions
	making  singleflight.Group

	mu    sync.Mutex
	plans *simplelru.LRU[string, *Plan]
	bytes int
	// refused are operations that are known to be too complex.
	refused *simplelru.LRU[string, struct{}]
}

// NewCache makes an empty cache.
func NewCache(planner *Planner, opts CacheOptions) *Cache {
	c := &Cache{planner: planner, opts: opts.withDefaults()}
	// Sizes are positive, so that there is no error.
	c.plans, _ = simplelru.NewLRU(c.opts.Plans, func(key string, p *Plan) { c.bytes -= p.bytes(key) })
	c.refused, _ = simplelru.NewLRU[string, struct{}](c.opts.Plans, nil)
	return c
}

// Len is how many plans are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plans.Len()
}

// Bytes is how much memory the plans take, about.
func (c *Cache) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// errTooComplex ends a planning that takes too many steps.
var errTooComplex = errors.New("planning takes too many steps")

// tooComplex is what a client hears whose operation cannot be planned in the time
// or the steps that there are.
var tooComplex = operation.Fail(operation.TooComplex, "The operation is too complex: planning it takes longer than is allowed.")

// Get gives the plan of an operation while the labels are active. A caller that
// goes away does not stop the planning that others wait for. The error is
// operation.Errors where the operation is too complex.
func (c *Cache) Get(ctx context.Context, n *operation.Normalized, labels []string) (*Plan, error) {
	key := n.Text
	if len(labels) > 0 {
		key += "\x00" + strings.Join(labels, "\x00")
	}
	if p, err := c.known(key); p != nil || err != nil {
		return p, err
	}
	made := c.making.DoChan(key, func() (any, error) { return c.make(key, n, labels) })
	select {
	case result := <-made:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*Plan), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// known is the plan that is kept under a key, or that there will be none.
func (c *Cache) known(key string) (*Plan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.plans.Get(key); ok {
		return p, nil
	}
	if _, ok := c.refused.Get(key); ok {
		return nil, tooComplex
	}
	return nil, nil
}

// make makes a plan and keeps it.
func (c *Cache) make(key string, n *operation.Normalized, labels []string) (*Plan, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.opts.Time)
	defer cancel()
	p, err := c.planner.plan(ctx, n, labels, c.opts.Steps)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case errors.Is(err, errTooComplex):
		c.refused.Add(key, struct{}{})
		return nil, tooComplex
	case errors.Is(err, context.DeadlineExceeded):
		return nil, tooComplex
	case err != nil:
		return nil, err
	}
	c.keep(key, p)
	return p, nil
}

// keep keeps a plan, and lets those go that were not used for longest when there
// is too much.
func (c *Cache) keep(key string, p *Plan) {
	size := p.bytes(key)
	if size > c.opts.Bytes {
		return
	}
	c.plans.Remove(key)
	c.plans.Add(key, p)
	c.bytes += size
	for c.bytes > c.opts.Bytes {
		c.plans.RemoveOldest()
	}
}
