package serve

import (
	"bytes"
	"sync"
	"time"

	"heddle/router/subscribe"
)

// pen is what is needed to write.
type pen struct {
	buffer  []byte
	attempt *attempt
}

// pens are kept; their buffers up to maxPen.
var pens = sync.Pool{New: func() any { return &pen{attempt: newAttempt()} }}

const (
	maxPen = 64 << 10
	packet = 16 << 10 // messages are written together up to so many bytes
)

// flush writes until nothing waits.
func (k *socket) flush() {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	k.write(p, true)
}

// write writes until nothing waits. Only one does at a time. Who is not patient
// leaves a client that does not take all at once to a writer of its own.
func (k *socket) write(p *pen, patient bool) {
	for {
		data, over := k.pick(p.buffer[:0])
		for _, c := range over {
			c.leave(false)
		}
		if len(data) == 0 {
			return
		}
		if cap(data) <= maxPen {
			p.buffer = data[:0]
		}
		n, err := k.wire.try(data, p.attempt)
		if err == nil && n < len(data) {
			if !patient {
				go k.press(bytes.Clone(data[n:]))
				return
			}
			err = k.wire.send(data[n:], k.server.opts.Timeouts.Write)
		}
		if err != nil {
			k.broken()
			return
		}
	}
}

// press writes what a client did not take at once, and then all that waits.
func (k *socket) press(rest []byte) {
	if k.wire.send(rest, k.server.opts.Timeouts.Write) != nil {
		k.broken()
		return
	}
	k.flush()
}

// broken ends a socket that cannot be written to: its client is gone, or does
// not read.
func (k *socket) broken() {
	k.abort()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.goodbye = nil
	k.restLocked()
}

// pick takes messages that wait and writes them into the buffer: some of them,
// and none when nothing waits. Calls take turns. over are the calls that end
// with the messages.
func (k *socket) pick(buffer []byte) (data []byte, over []*socketCall) {
	k.mu.Lock()
	defer k.mu.Unlock()
	data = buffer
	for len(data) < packet {
		var ended *socketCall
		var more bool
		if data, ended, more = k.pickOne(data); !more {
			break
		}
		if ended != nil {
			over = append(over, ended)
		}
	}
	if len(data) == 0 && k.goodbye != nil {
		data, k.goodbye = append(data, k.goodbye...), nil
	}
	if len(data) == 0 {
		k.restLocked()
	}
	return data, over
}

// pickOne takes the next message.
func (k *socket) pickOne(data []byte) (_ []byte, over *socketCall, more bool) {
	if len(k.control) > 0 {
		data, k.control = append(data, k.control[0]...), k.control[1:]
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
		at := len(data)
		data = k.dialect.append(k.wire.open(data), c.id, m, c.client.wants)
		return k.wire.seal(data, at), over, true
	}
	return data, nil, false
}

// restLocked notes that nothing is written any more, and ends a connection that
// was to end then.
func (k *socket) restLocked() {
	k.writing, k.control = false, nil
	k.ready = k.place[:0]
	if k.silent != nil {
		close(k.silent)
		k.silent = nil
	}
	switch {
	case k.phase == closing:
	case k.last != nil:
		go k.close(k.last.code, k.last.reason)
	case k.draining && k.idle():
		go k.close(closeGoingAway, "The server is shutting down")
	}
}

// beginLocked makes sure that somebody writes.
func (k *socket) beginLocked() {
	if !k.writing {
		k.writing = true
		go k.flush()
	}
}

// sayFrame writes a frame as it is, among the messages about the connection.
func (k *socket) sayFrame(frame []byte) {
	k.mu.Lock()
	flood := len(k.control) >= maxControl
	if !k.over() && !flood {
		k.control = append(k.control, frame)
		k.beginLocked()
	}
	k.mu.Unlock()
	if flood {
		k.close(closeTooMuch, "Too many messages were sent without reading the answers")
	}
}

// sayLast writes the close frame, after which there is nothing. The first one
// counts.
func (k *socket) sayLast(frame []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.parted {
		return
	}
	k.parted, k.goodbye = true, frame
	k.control, k.ready = nil, nil
	k.beginLocked()
}

// over tells whether no more messages are taken. The lock is held.
func (k *socket) over() bool { return k.phase == closing || k.parted }

// finishWriting waits a moment for a close frame on its way.
func (k *socket) finishWriting() {
	k.mu.Lock()
	wait := k.parted && k.writing
	silent := make(chan struct{})
	if wait {
		k.silent = silent
	}
	k.mu.Unlock()
	if !wait {
		return
	}
	timer := time.NewTimer(parting)
	defer timer.Stop()
	select {
	case <-silent:
	case <-timer.C:
	}
}
