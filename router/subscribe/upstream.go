package subscribe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"heddle/internal/fault"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// upstream is one open stream of events and the clients that share it.
type upstream struct {
	hub    *Hub
	key    Key
	ctx    context.Context
	cancel context.CancelFunc
	// changed wakes an upstream that waits to ask its subgraph again.
	changed chan struct{}
	began   time.Time
	again   bool // its clients were in another before
	asks    bool // the subgraph is asked with whom it can be shared
	group   Key  // under which people with other tokens find it; under the hub's lock

	mu       sync.Mutex
	after    Place // from where the subgraph is asked for events first; nowhere for now
	awaits   bool  // its word whether it can begin there
	op       Operation
	leg      context.CancelFunc // ends the stream that is read now
	reopen   bool               // the operation has changed: ask anew
	pending  *Gap               // to be told when the stream is open again
	members  []*Subscription    // a member knows its own index
	recent   recent
	linger   *time.Timer   // while clients may come back and none is there
	holder   *Subscription // whose operation op is
	opener   string        // whose token the stream was opened with
	grouped  bool          // people with different tokens may be in it
	dissolve bool          // everybody's access must be looked at anew
	ended    bool          // no more clients are taken
}

// run reads the stream to its end, asks again when it breaks, and in the end
// ends what clients are left.
func (u *upstream) run() {
	defer u.cancel()
	last := &event{kind: Complete}
	ever := u.again // the subgraph was reached at least once
	if u.again && !u.pause(0) {
		return
	}
	for failures := 0; ; failures++ {
		opened, err := u.read(ever)
		ever = ever || opened
		if errors.Is(err, errAway) { // it was told of as open, and is not
			opened = false
			u.owe(&Gap{Reason: Upstream})
		}
		if opened {
			failures = 0
		}
		if u.ctx.Err() != nil || errors.Is(err, errMoved) {
			break
		}
		if u.reopening() {
			failures = -1
			continue
		}
		if u.dissolved(&Gap{Reason: Upstream}, opened && interrupted(err)) {
			break
		}
		if err == nil {
			break
		}
		if !interrupted(err) || !ever {
			u.hub.opts.Log.WarnContext(u.ctx, "a subscription's source failed", "error", err)
			last = &event{kind: Failed, body: Encode(Errors(err))}
			break
		}
		if opened {
			u.hub.opts.Log.WarnContext(u.ctx, "a subscription's source was lost; asking again", "error", err)
			u.owe(&Gap{Reason: Upstream})
		}
		if !u.pause(failures) {
			break
		}
	}
	u.hub.forget(u)
	u.end(last)
}

// Interruption is an error of a source that was cut off and may be had again.
type Interruption struct{ Err error }

func (i *Interruption) Error() string { return i.Err.Error() }

func (i *Interruption) Unwrap() error { return i.Err }

func interrupted(err error) bool {
	var i *Interruption
	return errors.As(err, &i)
}

// pause waits before the subgraph is asked again, longer after each failure;
// chance keeps many upstreams apart. It is false when nobody listens any more.
func (u *upstream) pause(failures int) bool {
	d := u.hub.opts.BackOff
	d = min(d<<min(failures, 7), 100*d)
	timer := time.NewTimer(d/2 + time.Duration(rand.Int64N(int64(d))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-u.changed:
		return true
	case <-u.ctx.Done():
		return false
	}
}

// owe notes a gap that is told as soon as the stream is open again: who reads
// anew then misses nothing.
func (u *upstream) owe(g *Gap) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.pending = u.pending.with(g)
}

// reopening tells, once, that the operation has changed.
func (u *upstream) reopening() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	changed := u.reopen
	u.reopen = false
	return changed
}

// read reads one stream to its end: it resolves each event once and hands it on,
// one after the other. When clients wait for a stream to come back, word that it
// is not available now is not for them.
func (u *upstream) read(back bool) (opened bool, err error) {
	ctx, cancel := context.WithCancel(u.ctx)
	defer cancel()
	u.mu.Lock()
	op := u.op
	u.leg = cancel
	u.opener = u.holder.subject
	if u.recent.stands.known() {
		u.after = u.recent.stands
	}
	after := u.after
	u.awaits = after.known()
	u.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("subscription panicked: %v\n%s", p, debug.Stack())
		}
	}()
	var once sync.Once
	open := func() { once.Do(func() { opened = true; u.opened() }) }
	first := true
	err = op.Source(ctx, after, open, func(message []byte) error {
		if first && back && unavailable(message) {
			return errAway
		}
		first = false
		open()
		return u.resolve(ctx, message)
	})
	return opened, err
}

// errAway is a subgraph that answers, and cannot give the stream now.
var errAway = &Interruption{errors.New("the subgraph says that the stream is not available now")}

// unavailable tells whether a message is nothing but a refusal for now.
func unavailable(message []byte) bool {
	if !bytes.Contains(message, []byte(fault.Unavailable)) {
		return false
	}
	var read struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	return json.Unmarshal(message, &read) == nil && (read.Data == nil || string(read.Data) == "null") &&
		len(read.Errors) > 0 && read.Errors[0].Extensions.Code == string(fault.Unavailable)
}

// opened tells what is missing, now that what comes is heard again, unless the
// subgraph is about to say that nothing is.
func (u *upstream) opened() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.asks {
		u.settleReturned() // who comes alone goes nowhere else
	}
	if !u.awaits {
		u.tell()
	}
}

// tell tells what is missing. The lock is held.
func (u *upstream) tell() {
	if u.pending != nil {
		u.deliver(&event{kind: notice, gap: u.pending})
		u.pending = nil
	}
}

// answered heeds the first word of a subgraph that was asked for events from a
// place on: nothing is missing if it begins there. Those of the clients who were
// elsewhere are then given a stream of their own.
func (u *upstream) answered(w *word) {
	u.mu.Lock()
	var apart []*Subscription
	if u.awaits {
		u.awaits = false
		if w != nil && At(w.From) == u.after {
			u.recent.reach(u.after)
			u.pending = nil
			apart = u.settleReturned()
		} else {
			u.after = 0
			u.tell()
		}
	}
	u.mu.Unlock()
	u.hub.enterAlone(apart)
}

func (u *upstream) resolve(ctx context.Context, message []byte) error {
	w := (*word)(nil)
	if u.asks {
		w = readWord(message)
		u.answered(w)
	}
	if w == nil {
		return u.hand(ctx, message, 0)
	}
	if u.lose(w) {
		return errAnew
	}
	if w.Anew {
		u.recheck()
	}
	if !w.alone {
		if err := u.hand(ctx, message, At(w.At)); err != nil {
			return err
		}
	}
	if w.Scope != "" && u.heed(w) {
		return errMoved
	}
	return nil
}

// hand resolves an event and hands it on. The stream stands at the place after it.
func (u *upstream) hand(ctx context.Context, message []byte, place Place) error {
	u.mu.Lock()
	op := u.op
	apart := u.settleReturned()
	u.mu.Unlock()
	u.hub.enterAlone(apart)
	body, err := op.Event(ctx, message)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		u.hub.opts.Log.ErrorContext(ctx, "an event could not be resolved", "error", err)
		body = EncodeResponse(Errors(err))
	}
	e := &event{kind: Next, body: body, place: place}
	if rule := op.Rule(); rule.Full == supergraph.Latest {
		e.entity = entity(message, rule.By)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.deliver(e)
	return nil
}

// deliver hands an event to every client. One whose queue is full, and whose
// rule says so, is told that and leaves. The lock is held.
func (u *upstream) deliver(e *event) {
	u.recent.add(e, u.hub.opts.Resume)
	for i := 0; i < len(u.members); {
		s := u.members[i]
		if s.offer(e) {
			i++
			continue
		}
		u.drop(s)
	}
	if len(u.members) == 0 && u.linger == nil {
		u.ended = true
		u.cancel() // run ends, and the hub forgets
	}
}

// end hands the last message to every client and takes no more of them.
func (u *upstream) end(last *event) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	if u.linger != nil {
		u.linger.Stop()
	}
	for _, s := range u.members {
		s.finish(last)
	}
	u.members = nil
}

// tooSlow is what a client gets in place of the messages it had no room for.
var tooSlow = &event{kind: Failed, body: Encode(Errors(fault.New(fault.RateLimited,
	"This subscription was ended: its messages were not read as fast as they came. Subscribe again.")))}

// gone is what a client gets whose subscription the graph does not have any more.
func gone(err error) *event {
	list := Errors(err)
	return &event{kind: Failed, body: Encode(append(operation.Fail(GraphChanged,
		"The graph has changed, and this subscription is not part of it any more."), list...))}
}

// GraphChanged is the code of a subscription that a new graph does not have.
const GraphChanged operation.Code = "GRAPH_CHANGED"
