package serve

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"heddle/internal/trace"
	"heddle/router/operation"
	"heddle/router/subscribe"
)

// socketCall is one operation on a socket. Its fields are under the socket's
// lock, but for what begin sets.
type socketCall struct {
	socket *socket
	id     string
	began  time.Time
	ctx    context.Context // what it carries lives as long as the call
	note   note
	client informed
	header http.Header // what travels to the subgraphs

	cancel context.CancelFunc // of the walk; nil once that is over

	live   *subscribe.Subscription // of a subscription, once joined
	result []subscribe.Message     // of anything else, once there
	queued bool                    // in socket.ready
	left   bool                    // over; nothing more is written
	ending bool                    // nothing more is to come than the word that it is over
}

// begin starts an operation. It runs beside the reader, so that the client can
// complete it.
func (k *socket) begin(id string, request operation.Request) {
	k.beginAs(k.ctx, k.header, id, request)
}

// beginAs starts an operation of the caller in ctx.
func (k *socket) beginAs(ctx context.Context, header http.Header, id string, request operation.Request) {
	requestID := trace.Accept(trace.RequestID(ctx) + ":" + id)
	c := &socketCall{
		socket: k, id: id, began: time.Now(), note: note{transport: k.wire.transport()},
		client: readInformed(request.Extensions), header: header.Clone(),
	}
	c.header.Set(trace.Header, requestID)
	parent := trace.Parent(ctx)
	if !k.traced && c.header.Get(trace.ParentHeader) == trace.Parent(k.ctx) { // what the connection carries for hours is not one trace
		parent = trace.NewParent()
		c.header.Set(trace.ParentHeader, parent)
	}
	c.ctx = trace.With(ctx, requestID, parent)
	// Who ends the connection ends its calls: the contexts need not know each other.
	walk, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), k.server.opts.Timeouts.Operation)
	c.cancel = cancel
	k.mu.Lock()
	before, duplicate := k.calls[id]
	if duplicate && k.dialect.old {
		defer before.leave(false)
		duplicate = false
	}
	full := len(k.calls) >= k.server.opts.Limits.Operations
	ended := k.phase == closing
	draining := k.draining
	if !duplicate && !full && !ended && !draining {
		k.calls[id] = c
	}
	k.mu.Unlock()
	switch {
	case duplicate:
		cancel()
		k.close(closeDuplicate, fmt.Sprintf("Subscriber for %s already exists", id))
	case full:
		cancel()
		c.refuse(&refusal{code: codeTooManyCalls, message: fmt.Sprintf("There are %d operations on this connection already; complete one first.", k.server.opts.Limits.Operations)})
	case draining:
		cancel()
		c.refuse(errDraining)
	case ended:
		cancel()
	default:
		go c.run(walk, request)
	}
}

// refuse answers a call that is not begun.
func (c *socketCall) refuse(err error) {
	k := c.socket
	k.remark(k.dialect.append(nil, c.id, subscribe.Message{Kind: subscribe.Failed, Body: subscribe.Encode(explain(err).errors)}, false))
	if k.dialect.refusals {
		k.remark(k.dialect.append(nil, c.id, subscribe.Message{Kind: subscribe.Complete}, false))
	}
}

// run walks the operation. It returns when a query or mutation is answered, or
// a subscription is joined.
func (c *socketCall) run(ctx context.Context, request operation.Request) {
	defer c.walked()
	defer func() {
		if p := recover(); p != nil {
			c.socket.server.panicked(c.ctx, p)
			c.settle(request, Answer{}, errPanic)
		}
	}()
	request.Incremental = !c.socket.dialect.old
	live := c.client.joining(c.wake)
	live.Context = c.ctx // without the deadline
	answer, err := c.socket.server.run(ctx, Call{
		Request: request,
		Header:  c.header,
		Device:  c.socket.device,
		Allow:   func(operation.Kind) error { return nil },
		Live:    live,
	})
	c.settle(request, answer, err)
	if answer.Rest != nil {
		c.finish(answer.Rest(c.part))
	}
}

// walked lets go of what the walk needed.
func (c *socketCall) walked() {
	c.socket.mu.Lock()
	cancel := c.cancel
	c.cancel = nil
	c.socket.mu.Unlock()
	cancel()
}

// part hands over a part of an answer that comes after the first.
func (c *socketCall) part(body []byte) error {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	if c.left {
		return context.Canceled
	}
	c.note.failed(countPartErrors(body))
	c.result = append(c.result, subscribe.Message{Kind: subscribe.Next, Body: body})
	c.readyLocked()
	return nil
}

// finish ends an answer that came in parts.
func (c *socketCall) finish(err error) {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	last := subscribe.Message{Kind: subscribe.Complete}
	if err != nil {
		last = subscribe.Message{Kind: subscribe.Failed, Body: subscribe.Encode(explain(err).errors)}
	}
	c.result = append(c.result, last)
	c.readyLocked()
}

// settle hands over what came of the walk.
func (c *socketCall) settle(request operation.Request, answer Answer, err error) {
	k := c.socket
	k.mu.Lock()
	c.note.operation(request, answer)
	switch {
	case err != nil:
		f := explain(err)
		if f.private && !c.left {
			k.server.opts.Log.ErrorContext(c.ctx, "a request failed", "error", err)
		}
		c.note.failed(len(f.errors))
		c.result = []subscribe.Message{{Kind: subscribe.Failed, Body: subscribe.Encode(f.errors)}}
	case answer.Live != nil:
		c.live = answer.Live
	default:
		c.note.failed(countPartErrors(answer.Body))
		c.result = []subscribe.Message{{Kind: subscribe.Next, Body: answer.Body}}
		if answer.Rest == nil {
			c.result = append(c.result, subscribe.Message{Kind: subscribe.Complete})
		}
	}
	left := c.left
	c.readyLocked()
	over := k.draining && k.idle()
	k.mu.Unlock()
	if left && answer.Live != nil {
		answer.Live.Leave()
	}
	if over {
		k.close(closeGoingAway, "The server is shutting down")
	}
}

// wake is called by the upstream when messages begin to wait, for one client
// after the other: they are written to by those who write to many.
func (c *socketCall) wake() {
	k := c.socket
	k.mu.Lock()
	begins := c.queueLocked() && !k.writing
	k.writing = k.writing || begins
	k.mu.Unlock()
	switch {
	case !begins:
	case k.wire.prompt():
		k.server.writers.add(k)
	default:
		go k.flush()
	}
}

func (c *socketCall) readyLocked() {
	if c.queueLocked() {
		c.socket.beginLocked()
	}
}

// queueLocked puts the call among those with something to write.
func (c *socketCall) queueLocked() bool {
	if c.left || c.queued || c.socket.over() {
		return false
	}
	c.queued = true
	c.socket.ready = append(c.socket.ready, c)
	return true
}

// take takes the call's next message, if one waits.
func (c *socketCall) take() (subscribe.Message, bool) {
	if c.ending {
		return subscribe.Message{Kind: subscribe.Complete}, true
	}
	if c.live != nil {
		return c.live.Next()
	}
	if len(c.result) == 0 {
		return subscribe.Message{}, false
	}
	m := c.result[0]
	c.result = c.result[1:]
	return m, true
}

// leave ends the call, because the client said so or because its connection is
// lost; then it may come back, if it knows how. The socket's lock is not held.
func (c *socketCall) leave(lost bool) {
	c.socket.mu.Lock()
	first, live, cancel, n := !c.left, c.live, c.cancel, c.note
	c.left = true
	c.socket.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	if live != nil && lost && c.client.wants {
		live.Lose()
	} else if live != nil {
		live.Leave()
	}
	if first {
		c.socket.server.line(c.ctx, &n, 0, c.began)
	}
}
