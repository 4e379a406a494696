package execute

import (
	"strconv"

	"heddle/router/plan"
)

// asking is a fetch of entities whose answer other fetches of the same execution
// use, too: those that ask the same subgraph for the same fields, at other
// places. So an entity is asked for once, and nobody waits for an answer that
// was not asked for earlier than it could have been.
type asking struct {
	done chan struct{}
	// What came, once it is done: an entity or nil, and whether an error was told
	// about it, for each representation.
	entities []*value
	failed   []bool
}

// end lets go of those who wait for the answer. A fetch like no other has no
// asking.
func (a *asking) end() {
	if a != nil {
		close(a.done)
	}
}

// entity is what identifies an entity among all that an execution asks for.
type entity struct {
	group          int
	representation string
}

// place is where the answer about an entity will be.
type place struct {
	*asking
	index int
}

// known is an object whose entity is asked for by another fetch.
type known struct {
	place
	object *value
}

// askedBefore notes that the object is completed by the answer to another fetch,
// or, where none has asked for its entity yet, that this one does, as the next
// of its representations. The caller holds mu.
func (x *run) askedBefore(f *plan.Fetch, representation []byte, object *value, next int, q *question) bool {
	if at, found := x.asked[entity{f.Alike, string(representation)}]; found {
		if at.asking == q.asking {
			return false
		}
		q.known = append(q.known, known{at, object})
		return true
	}
	if q.asking == nil {
		q.asking = &asking{done: make(chan struct{})}
	}
	if x.asked == nil {
		x.asked = map[entity]place{}
	}
	x.asked[entity{f.Alike, string(representation)}] = place{q.asking, next}
	return false
}

// take merges what other fetches have asked for, once it is there.
func (x *run) take(list []known) {
	for _, k := range list {
		select {
		case <-k.done:
		case <-x.ctx.Done():
			return
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, k := range list {
		if k.failed[k.index] {
			if k.object.failed = true; k.entities == nil {
				k.object.failBelow()
			}
		}
		if k.entities != nil && k.entities[k.index].kind == object {
			x.merge(k.object, k.entities[k.index])
		}
	}
}

// fail notes that nothing came, and that this was told: so it is until an answer
// is kept.
func (a *asking) fail(representations int) {
	if a == nil {
		return
	}
	a.failed = make([]bool, representations)
	for i := range a.failed {
		a.failed[i] = true
	}
}

// keep notes what came. errs are the errors of the answer, or nil.
func (a *asking) keep(entities []*value, errs *value) {
	if a == nil {
		return
	}
	a.entities = entities
	clear(a.failed)
	if errs == nil {
		return
	}
	for _, e := range errs.items {
		i, ok := entityOf(e, len(entities))
		if !ok {
			a.fail(len(entities))
			return
		}
		a.failed[i] = true
	}
}

// entityOf is which of the representations an error is about.
func entityOf(e *value, representations int) (int, bool) {
	path := e.get("path")
	if path == nil || path.kind != array || len(path.items) < 2 || path.items[1].kind != number {
		return 0, false
	}
	i, err := strconv.Atoi(string(path.items[1].raw))
	return i, err == nil && i >= 0 && i < representations
}
