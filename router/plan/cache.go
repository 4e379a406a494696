package plan

import (
	"context"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"heddle/router/operation"
)

// Cache keeps plans by the text of the normalised operation. However many
// requests wait for a plan, it is made once.
type Cache struct {
	planner *Planner
	plans   *lru.Cache[string, *Plan]
	making  singleflight.Group
}

// NewCache keeps at most size plans.
func NewCache(planner *Planner, size int) (*Cache, error) {
	plans, err := lru.New[string, *Plan](size)
	if err != nil {
		return nil, err
	}
	return &Cache{planner: planner, plans: plans}, nil
}

// Len is how many plans are kept.
func (c *Cache) Len() int { return c.plans.Len() }

// Get gives the plan of an operation while the labels are active. A caller that
// goes away does not stop the planning that others wait for.
func (c *Cache) Get(ctx context.Context, n *operation.Normalized, labels []string) (*Plan, error) {
	key := n.Text
	if len(labels) > 0 {
		key += "\x00" + strings.Join(labels, "\x00")
	}
	if p, ok := c.plans.Get(key); ok {
		return p, nil
	}
	made := c.making.DoChan(key, func() (any, error) {
		p, err := c.planner.Plan(context.WithoutCancel(ctx), n, labels)
		if err == nil {
			c.plans.Add(key, p)
		}
		return p, err
	})
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
