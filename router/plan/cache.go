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
	plans *simplelru.LRU[string, *kept]
	bytes int
	// refused are operations that are known to be too complex.
	refused *simplelru.LRU[string, struct{}]
}

// kept is a plan with the shapes of what it answers, by how the operation was
// written.
type kept struct {
	plan   *Plan
	shapes *simplelru.LRU[string, *Shape]
	bytes  int // of all of it
}

// shapesKept is how many shapes are kept with a plan: clients that are written
// with care ask in few orders.
const shapesKept = 64

// NewCache makes an empty cache.
func NewCache(planner *Planner, opts CacheOptions) *Cache {
	c := &Cache{planner: planner, opts: opts.withDefaults()}
	// Sizes are positive, so that there is no error.
	c.plans, _ = simplelru.NewLRU(c.opts.Plans, func(_ string, k *kept) { c.bytes -= k.bytes })
	c.refused, _ = simplelru.NewLRU[string, struct{}](c.opts.Plans, nil)
	return c
}

// Len is how many plans are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plans.Len()
}

// Bytes is how much memory the plans and shapes take, about.
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

// Get gives the plan of an operation while the labels are active, and the shape
// of what its client gets. A caller that goes away does not stop the planning
// that others wait for. The error is operation.Errors where the operation is too
// complex.
func (c *Cache) Get(ctx context.Context, n *operation.Normalized, labels []string) (*Plan, *Shape, error) {
	key := n.Text
	if len(labels) > 0 {
		key += "\x00" + strings.Join(labels, "\x00")
	}
	k, err := c.find(ctx, key, n, labels)
	if err != nil {
		return nil, nil, err
	}
	s, err := c.shape(ctx, key, k, n)
	if errors.Is(err, errTooComplex) || errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, nil, tooComplex
	}
	return k.plan, s, err
}

// find is the plan under a key, which is made if need be.
func (c *Cache) find(ctx context.Context, key string, n *operation.Normalized, labels []string) (*kept, error) {
	if k, err := c.known(key); k != nil || err != nil {
		return k, err
	}
	made := c.making.DoChan(key, func() (any, error) { return c.make(key, n, labels) })
	select {
	case result := <-made:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*kept), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shape is what a plan answers an operation as it was written. It is made if need
// be; if several make it at once, they all get one.
func (c *Cache) shape(ctx context.Context, key string, k *kept, n *operation.Normalized) (*Shape, error) {
	c.mu.Lock()
	known, ok := k.shapes.Get(n.Written)
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Time)
	defer cancel()
	made, err := c.planner.shape(ctx, k.plan, n, c.opts.Steps)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := k.shapes.Get(n.Written); ok {
		return known, nil
	}
	before := k.bytes
	k.bytes += made.bytes(n.Written)
	k.shapes.Add(n.Written, made)
	if found, _ := c.plans.Peek(key); found == k {
		c.bytes += k.bytes - before
		c.bound()
	}
	return made, nil
}

// known is the plan that is kept under a key, or that there will be none.
func (c *Cache) known(key string) (*kept, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.plans.Get(key); ok {
		return k, nil
	}
	if _, ok := c.refused.Get(key); ok {
		return nil, tooComplex
	}
	return nil, nil
}

// make makes a plan and keeps it.
func (c *Cache) make(key string, n *operation.Normalized, labels []string) (*kept, error) {
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
	return c.keep(key, p), nil
}

// keep keeps a plan.
func (c *Cache) keep(key string, p *Plan) *kept {
	k := &kept{plan: p, bytes: p.bytes(key)}
	k.shapes, _ = simplelru.NewLRU(shapesKept, func(written string, s *Shape) { k.bytes -= s.bytes(written) })
	c.plans.Remove(key)
	c.plans.Add(key, k)
	c.bytes += k.bytes
	c.bound()
	return k
}

// bound lets go of the plans that were not used for longest when there is too
// much.
func (c *Cache) bound() {
	for c.bytes > c.opts.Bytes {
		c.plans.RemoveOldest()
	}
}
