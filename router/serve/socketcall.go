package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

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
	ctx    context.Context
	cancel context.CancelFunc
	note   note
	client informed
	header http.Header // what travels to the subgraphs

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
	if !k.traced && c.header.Get(trace.ParentHeader) == trace.Parent(k.ctx) { // what the connection carries for hours is not one trace
		ctx = trace.WithParent(ctx, trace.NewParent())
		c.header.Set(trace.ParentHeader, trace.Parent(ctx))
	}
	c.ctx, c.cancel = context.WithCancel(trace.WithRequestID(ctx, requestID))
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
		c.cancel()
		k.close(closeDuplicate, fmt.Sprintf("Subscriber for %s already exists", id))
	case full:
		c.refuse(&refusal{code: codeTooManyCalls, message: fmt.Sprintf("There are %d operations on this connection already; complete one first.", k.server.opts.Limits.Operations)})
	case draining:
		c.refuse(errDraining)
	case ended:
		c.cancel()
	default:
		go c.run(request)
	}
}

// refuse answers a call that is not begun.
func (c *socketCall) refuse(err error) {
	c.cancel()
	k := c.socket
	k.remark(k.dialect.append(nil, c.id, subscribe.Message{Kind: subscribe.Failed, Body: subscribe.Encode(explain(err).errors)}, false))
	if k.dialect.refusals {
		k.remark(k.dialect.append(nil, c.id, subscribe.Message{Kind: subscribe.Complete}, false))
	}
}

// run walks the operation. It returns when a query or mutation is answered, or
// a subscription is joined.
func (c *socketCall) run(request operation.Request) {
	defer func() {
		if p := recover(); p != nil {
			c.socket.server.panicked(c.ctx, p)
			c.settle(request, Answer{}, errPanic)
		}
	}()
	ctx, cancel := context.WithTimeout(c.ctx, c.socket.server.opts.Timeouts.Operation)
	defer cancel()
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

// part hands over a part of an answer that comes after the first.
func (c *socketCall) part(body []byte) error {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	c.note.failed(countPartErrors(body))
	c.result = append(c.result, subscribe.Message{Kind: subscribe.Next, Body: body})
	c.readyLocked()
	return c.ctx.Err()
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
		if f.private && c.ctx.Err() == nil {
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

// wake is called by the upstream when messages begin to wait.
func (c *socketCall) wake() {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	c.readyLocked()
}

func (c *socketCall) readyLocked() {
	if c.left || c.queued || c.socket.phase == closing {
		return
	}
	c.queued = true
	c.socket.ready = append(c.socket.ready, c)
	c.socket.flushLocked()
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
	c.cancel()
	c.socket.mu.Lock()
	first, live, n := !c.left, c.live, c.note
	c.left = true
	c.socket.mu.Unlock()
	if live != nil && lost && c.client.wants {
		live.Lose()
	} else if live != nil {
		live.Leave()
	}
	if first {
		c.socket.server.line(c.ctx, &n, 0, c.began)
	}
}

// flushLocked makes sure that somebody writes.
func (k *socket) flushLocked() {
	if !k.writing {
		k.writing = true
		go k.flush()
	}
}

// flush writes until nothing waits. Only one runs at a time.
func (k *socket) flush() {
	buffer := envelopes.Get().(*[]byte)
	defer envelopes.Put(buffer)
	for {
		data, over, more := k.pick((*buffer)[:0])
		if over != nil {
			over.leave(false)
		}
		if !more {
			return
		}
		if err := k.wire.send(data, k.server.opts.Timeouts.Write); err != nil {
			k.broken(err)
			return
		}
		if cap(data) <= maxEnvelope {
			*buffer = data
		}
	}
}

// envelopes are buffers for messages; larger ones than maxEnvelope are not kept.
var envelopes = sync.Pool{New: func() any { return new([]byte) }}

const maxEnvelope = 64 << 10

// pick takes the next message and writes it into the buffer. Calls take turns.
// over is the call that ends with the message.
func (k *socket) pick(buffer []byte) (data []byte, over *socketCall, more bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.control) > 0 {
		data, k.control = append(buffer, k.control[0]...), k.control[1:]
		return data, nil, true
	}
	for len(k.ready) > 0 {
		c := k.ready[0]
		k.ready = k.ready[1:]
		m, waits := c.take()
		if c.left || !waits {
			c.queued = false
			continue
		}
		switch {
		case m.Kind == subscribe.Failed && k.dialect.refusals:
			c.ending = true
			k.ready = append(k.ready, c)
		case m.Kind == subscribe.Next:
			k.ready = append(k.ready, c)
		default:
			if k.calls[c.id] == c {
				delete(k.calls, c.id)
			}
			over = c
		}
		return k.dialect.append(buffer, c.id, m, c.client.wants), over, true
	}
	k.writing, k.ready, k.control = false, nil, nil
	if k.last != nil {
		go k.close(k.last.code, k.last.reason)
	} else if k.draining && k.idle() && k.phase != closing {
		go k.close(closeGoingAway, "The server is shutting down")
	}
	return nil, nil, false
}

// broken ends a socket that cannot be written to: its client is gone, or does
// not read.
func (k *socket) broken(err error) {
	if !errors.Is(err, websocket.ErrCloseSent) {
		k.abort()
	}
}
