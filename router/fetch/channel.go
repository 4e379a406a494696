package fetch

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// What waits for one subscription of a connection that others share.
const (
	lag      = 1024
	lagBytes = 8 << 20
)

// errBehind ends a subscription whose events come faster than they are handled:
// the others on its connection do not wait for it.
var errBehind = errors.New("events came faster than they were handled")

// channel is one subscription on a socket: what the subgraph said and nobody has
// handled yet.
type channel struct {
	socket *socket
	id     string
	news   chan struct{} // something waits
	room   chan struct{} // something was taken
	left   chan struct{} // closed when nobody listens any more

	mu    sync.Mutex
	queue [][]byte
	bytes int
	over  bool // nothing more comes
	ended bool // by the subgraph's word, or with the connection
	cause error
}

// follow delivers events until the stream ends.
func (c *channel) follow(ctx context.Context, deliver func(payload []byte) error) error {
	for {
		payload, waits, over := c.take()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case waits:
			if err := deliver(payload); err != nil {
				return err
			}
		case over:
			return c.cause
		default:
			select {
			case <-c.news:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// take takes what has waited longest.
func (c *channel) take() (payload []byte, waits, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, false, c.over
	}
	payload, c.queue[0] = c.queue[0], nil
	if c.queue = c.queue[1:]; len(c.queue) == 0 {
		c.queue = nil
	}
	c.bytes -= len(payload)
	signal(c.room)
	return payload, true, false
}

func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// hear takes what the subgraph said. When too much waits, the subgraph has to
// wait too, if nobody else is on the connection; if others are, this one ends,
// and can be had again.
func (c *channel) hear(m message) {
	switch m.Type {
	case "complete":
		c.end(nil)
		return
	case "error":
		c.push(fmt.Appendf(nil, `{"data":null,"errors":%s}`, m.Payload), true)
		c.end(nil)
		return
	case tooLarge:
		c.finish(TooLarge{c.socket.limit})
		return
	}
	waited := false
	for !c.push(m.Payload, false) {
		if !c.socket.apart() {
			c.finish(errBehind)
			break
		}
		waited = true
		select {
		case <-c.room:
		case <-c.left:
		}
	}
	if waited {
		c.socket.together()
	}
}

// push is false if there is no room.
func (c *channel) push(payload []byte, always bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return true
	case !always && len(c.queue) > 0 && (len(c.queue) >= lag || c.bytes+len(payload) > lagBytes):
		return false
	}
	c.queue = append(c.queue, payload)
	c.bytes += len(payload)
	signal(c.news)
	return true
}

// end is the subgraph's word that there will be no more.
func (c *channel) end(cause error) {
	c.mu.Lock()
	c.ended = c.ended || !c.over
	c.mu.Unlock()
	c.finish(cause)
}

// finish takes nothing more; what waits is still delivered.
func (c *channel) finish(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.over, c.cause = true, cause
		signal(c.news)
	}
}

// leave tells the subgraph that nobody listens any more, and closes a connection
// on which nobody is left.
func (c *channel) leave() {
	c.mu.Lock()
	told := c.ended
	c.over, c.queue = true, nil
	c.mu.Unlock()
	close(c.left)
	if !told {
		c.socket.complete(c.id)
	}
	if c.socket.release(c) {
		c.socket.close()
	}
}
