package execute

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"heddle/router/operation"
	"heddle/router/plan"
)

// group is what becomes of the deferred fragments of one group.
type group struct {
	errs    operation.Errors // of its fetches
	waiting []delivery       // parts that the client was told of, in order
	fetched bool             // all that its parts are made of is there
}

// delivery is one deferred part of one object.
type delivery struct {
	part  *plan.Part
	path  []step
	value *value
}

// Deferred tells whether the answer may come in several parts.
func (p *Prepared) Deferred() bool { return len(p.plan.Later) > 0 }

// Begin answers an operation with deferred fragments: first is the first part
// of the answer (incremental delivery, as of August 2022), and rest calls
// deliver with each of the others and returns when the last one is delivered.
// It is nil when the first part is the whole. The error of Begin is set when ctx
// is done before there is an answer; rest returns that of ctx, or of deliver.
func (g *Graph) Begin(ctx context.Context, p *Prepared, header http.Header) (first []byte, rest func(deliver func([]byte) error) error, err error) {
	x := g.newRun(ctx, p, header)
	x.later = make([]group, len(p.plan.Later))
	first = x.first()
	if p.Kind() == operation.Mutation {
		g.renew()
	}
	switch {
	case x.broken != nil:
		first, err = x.brokenAnswer()
		return first, nil, err
	case first == nil:
		x.release()
		return nil, nil, ctx.Err()
	case !x.waits():
		x.release()
		return first, nil, nil
	}
	return first, x.rest, nil
}

// first runs the steps that the first part of the answer needs.
func (x *run) first() (body []byte) {
	x.guard(func() {
		x.step(x.p.plan.Steps)
		if x.broken == nil && x.ctx.Err() == nil {
			body = x.respond()
		}
	})
	return body
}

// putOff notes the parts that come later, and tells the client whether any do.
func (x *run) putOff(out []byte, left []delivery) []byte {
	for _, d := range left {
		g := &x.later[d.part.Group-1]
		g.waiting = append(g.waiting, d)
	}
	if x.waits() {
		return append(out, `,"hasNext":true`...)
	}
	return append(out, `,"hasNext":false`...)
}

// waits tells whether there are parts that have not been delivered.
func (x *run) waits() bool {
	for i := range x.later { // what waits is not under the lock, as the errors beside it are
		if len(x.later[i].waiting) > 0 {
			return true
		}
	}
	return false
}

// leave leaves parts of an object for later.
func (c *completer) leave(parts []plan.Part, v *value) {
	for i := range parts {
		if !c.brings(&parts[i]) {
			continue
		}
		c.deferred = append(c.deferred, delivery{part: &parts[i], path: slices.Clone(c.path), value: v})
	}
}

// brings tells whether the conditions let anything of a part be there.
func (x *run) brings(p *plan.Part) bool {
	for i := range p.Fields {
		if x.included(&p.Fields[i]) {
			return true
		}
	}
	for i := range p.Deferred {
		if x.brings(&p.Deferred[i]) {
			return true
		}
	}
	return false
}

// rest fetches what the groups need, each as soon as those are done that it
// depends on, and delivers their parts as they get ready.
func (x *run) rest(deliver func([]byte) error) error {
	ctx, stop := context.WithCancel(x.ctx)
	x.ctx = ctx
	ready := make(chan int, len(x.later))
	var fetching sync.WaitGroup
	x.fetchGroups(&fetching, ready)
	err := x.deliverGroups(ready, deliver)
	stop()
	fetching.Wait()
	if x.broken == nil {
		x.release()
	}
	return err
}

// fetchGroups begins the groups that have parts, those within them, and those
// that they depend on.
func (x *run) fetchGroups(fetching *sync.WaitGroup, ready chan<- int) {
	begun := x.begun()
	done := make([]chan struct{}, len(x.later))
	for i := range done {
		done[i] = make(chan struct{})
	}
	for i, later := range x.p.plan.Later {
		if !begun[i+1] {
			close(done[i])
			continue
		}
		fetching.Go(func() {
			defer func() {
				close(done[i])
				ready <- i + 1
			}()
			for _, other := range later.After {
				<-done[other-1]
			}
			x.guard(func() { x.step(later.Steps) })
		})
	}
}

// begun are the groups that have to be fetched.
func (x *run) begun() map[int]bool {
	begun := map[int]bool{}
	var begin func(int)
	begin = func(group int) {
		if group == 0 || begun[group] {
			return
		}
		begun[group] = true
		for _, other := range x.p.plan.Later[group-1].After {
			begin(other)
		}
		for i, later := range x.p.plan.Later {
			if later.Around == group {
				begin(i + 1)
			}
		}
	}
	for i := range x.later {
		if len(x.later[i].waiting) > 0 {
			begin(i + 1)
		}
	}
	return begun
}

// deliverGroups delivers the parts of groups as they get ready, until none is
// left to wait for.
func (x *run) deliverGroups(ready <-chan int, deliver func([]byte) error) error {
	for x.waits() {
		select {
		case n := <-ready:
			x.later[n-1].fetched = true
		case <-x.ctx.Done():
		}
		if err := x.ctx.Err(); errors.Is(err, context.DeadlineExceeded) {
			return deliver(x.giveUp())
		} else if err != nil {
			return err
		}
		var body []byte
		x.guard(func() { body = x.deliverable() })
		if x.isBroken() {
			broken, err := x.brokenAnswer()
			if err != nil {
				return err
			}
			return deliver(append(broken[:len(broken)-1], `,"hasNext":false}`...))
		}
		if body == nil {
			continue
		}
		if err := deliver(body); err != nil {
			return err
		}
	}
	return nil
}

func (x *run) isBroken() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.broken != nil
}

// deliverable writes all parts that are ready; nil if none are.
func (x *run) deliverable() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	var out []byte
	for again := true; again; {
		again = false
		for i := range x.later {
			g := &x.later[i]
			if !g.fetched || len(g.waiting) == 0 {
				continue
			}
			waiting := g.waiting
			g.waiting, again = nil, true
			for _, d := range waiting {
				if out == nil {
					out = append(out, `{"incremental":[`...)
				} else {
					out = append(out, ',')
				}
				out = x.appendPart(out, d, g.claim(d))
			}
		}
	}
	if out == nil {
		return nil
	}
	out = append(out, `],"hasNext":`...)
	return append(strconv.AppendBool(out, x.waits()), '}')
}

// giveUp tells of all parts that are left that they took too long.
func (x *run) giveUp() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := []byte(`{"incremental":[`)
	for _, g := range x.later {
		for _, d := range g.waiting {
			if out[len(out)-1] == '}' {
				out = append(out, ',')
			}
			c := &completer{run: x, out: append(out, `{"data":null`...), path: d.path, errs: new(operation.Errors)}
			c.report("TIMEOUT", "This part of the operation took too long and was given up.")
			out = c.describe(d)
		}
	}
	return append(out, `],"hasNext":false}`...)
}

// appendPart writes one part, with the errors of its fetches.
func (x *run) appendPart(out []byte, d delivery, errs operation.Errors) []byte {
	c := &completer{run: x, out: append(out, `{"data":`...), path: d.path, errs: &errs}
	c.stamp++
	before := len(c.out)
	c.limit = before + int(x.g.opts.Response)
	whole := c.fields(d.part.Fields, d.value)
	switch {
	case c.over():
		c.out = append(c.out[:before], "null"...)
		errs = x.overError(c.place())
	case !whole:
		c.out = append(c.out[:before], "null"...)
	default:
		c.leave(d.part.Deferred, d.value)
		for _, left := range c.deferred {
			g := &x.later[left.part.Group-1]
			g.waiting = append(g.waiting, left)
		}
	}
	return c.describe(d)
}

// describe ends a part with all that there is beside its data.
func (c *completer) describe(d delivery) []byte {
	path, err := json.Marshal(c.p.clientPath(c.place()))
	if err != nil {
		path = []byte("[]")
	}
	c.out = append(append(c.out, `,"path":`...), path...)
	if label := c.p.labels[d.part.Group-1]; label != "" {
		c.out = appendString(append(c.out, `,"label":`...), label)
	}
	return append(c.p.appendErrors(c.out, *c.errs), '}')
}

// claim takes the errors of a group that belong to a part: those at or below its
// path, and those above it that belong to no part before.
func (g *group) claim(d delivery) (errs operation.Errors) {
	path := (&completer{path: d.path}).place()
	var rest operation.Errors
	for _, e := range g.errs {
		same := true
		for i := range min(len(e.Path), len(path)) {
			same = same && e.Path[i] == path[i]
		}
		if same {
			errs = append(errs, e)
		} else {
			rest = append(rest, e)
		}
	}
	g.errs = rest
	return errs
}
