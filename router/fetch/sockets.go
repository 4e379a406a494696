package fetch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// crowd is how many subscriptions share a connection; the next opens another.
const crowd = 100

// sockets are the WebSockets to one subgraph. Subscriptions share one when their
// headers are the same, save for those that name a request: the subgraph could
// not tell them apart. A connection is closed when its last subscription ends.
// The lock is taken before that of a socket.
type sockets struct {
	mu  sync.Mutex
	all map[string][]*socket // that can be joined, by what their subscriptions have in common
}

// subscribe subscribes on a connection that is there, or on a new one.
func (p *sockets) subscribe(ctx context.Context, f *Remote, r Request) (*channel, error) {
	key := strconv.FormatInt(r.limit(), 36) + "\x00" + Identity(Request{Header: r.Header})
	for {
		c, first := p.join(key, f, r)
		select {
		case <-c.socket.ready:
		case <-ctx.Done():
			c.leave()
			return nil, ctx.Err()
		}
		if err := c.socket.failed; err != nil {
			c.leave()
			return nil, err
		}
		err := c.socket.say(message{ID: c.id, Type: "subscribe", Payload: r.Body})
		if err == nil {
			return c, nil
		}
		c.socket.lost(err)
		_ = c.socket.conn.Close()
		c.leave()
		if first {
			return nil, fmt.Errorf("subscribe: %w", err)
		}
	}
}

// join takes a place on a connection with the key; first tells that it is a new
// one, which is dialled in the background: whoever comes meanwhile waits for it
// too.
func (p *sockets) join(key string, f *Remote, r Request) (c *channel, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.all[key] {
		if c := s.place(); c != nil {
			return c, false
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &socket{
		pool: p, key: key, limit: r.limit(), cancel: cancel,
		ready: make(chan struct{}), done: make(chan struct{}), channels: map[string]*channel{},
	}
	if p.all == nil {
		p.all = map[string][]*socket{}
	}
	p.all[key] = append(p.all[key], s)
	go s.connect(ctx, f, Request{Header: r.Header})
	return s.place(), true
}

// drop takes a connection out of those that can be joined. The lock is held.
func (p *sockets) drop(s *socket) {
	rest := slices.DeleteFunc(p.all[s.key], func(other *socket) bool { return other == s })
	if len(rest) == 0 {
		delete(p.all, s.key)
		return
	}
	p.all[s.key] = rest
}
