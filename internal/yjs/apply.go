package yjs

import (
	"cmp"
	"container/heap"
	"slices"
)

// Apply brings the update into the document (applyUpdate in Yjs). What it
// refers to and has not come yet is waited for. The update becomes a part of
// the document: it must not be used again.
func (d *Doc) Apply(u *Update) {
	for client, blocks := range u.blocks {
		d.enqueue(client, blocks)
	}
	d.integrateAll()
	for client, spans := range u.deleted {
		d.waitingDeleted[client] = append(d.waitingDeleted[client], spans...)
	}
	d.deleteAll()
}

// enqueue puts the client's blocks among those that wait, in the order of its
// clock. What is there already is left out.
func (d *Doc) enqueue(client uint64, blocks []*block) {
	known := d.clock(client)
	queue := d.waiting[client]
	for _, b := range blocks {
		if b.end() > known {
			queue = append(queue, b)
		}
	}
	slices.SortStableFunc(queue, func(a, b *block) int { return cmp.Compare(a.id.clock, b.id.clock) })
	kept := queue[:0]
	end := known
	for _, b := range queue {
		if b.end() > end {
			kept = append(kept, b)
			end = b.end()
		}
	}
	d.wait(client, kept)
}

func (d *Doc) wait(client uint64, queue []*block) {
	if len(queue) == 0 {
		delete(d.waiting, client)
		return
	}
	d.waiting[client] = queue
}

// need is a client that can go on once another one has come to a clock.
type need struct{ client, clock uint64 }

// needs are ordered by clock, the lowest first.
type needs []need

func (n needs) Len() int           { return len(n) }
func (n needs) Less(i, j int) bool { return n[i].clock < n[j].clock }
func (n needs) Swap(i, j int)      { n[i], n[j] = n[j], n[i] }
func (n *needs) Push(v any)        { *n = append(*n, v.(need)) }
func (n *needs) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

// integrateAll integrates what waits, as far as that goes. Each client's blocks
// go in by its clock; one that needs another client's waits for that one.
func (d *Doc) integrateAll() {
	ready := descending(d.waiting)
	blocked := map[uint64]*needs{} // by the client that is waited for
	for len(ready) > 0 {
		client := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		on, clock := d.integrateSome(client)
		if clock > 0 {
			if blocked[on] == nil {
				blocked[on] = &needs{}
			}
			heap.Push(blocked[on], need{client, clock})
		}
		if waiters := blocked[client]; waiters != nil {
			for now := d.clock(client); len(*waiters) > 0 && (*waiters)[0].clock <= now; {
				ready = append(ready, heap.Pop(waiters).(need).client)
			}
		}
	}
}

// integrateSome integrates the client's blocks until one needs what another
// client has not written yet: that client and the clock that it must come to,
// which is 0 if nothing more can be done, or all is.
func (d *Doc) integrateSome(client uint64) (on, clock uint64) {
	queue := d.waiting[client]
	for ; len(queue) > 0; queue = queue[1:] {
		b := queue[0]
		known := d.clock(client)
		if b.end() <= known {
			continue
		}
		if b.id.clock > known {
			break
		}
		if on, clock = d.missing(b); clock > 0 {
			break
		}
		if b.id.clock < known {
			b = b.sliceFrom(known)
		}
		d.integrate(b)
	}
	d.wait(client, queue)
	return on, clock
}

// missing tells what an item refers to that has not come yet: a client, and the
// clock that it must come to; 0 if there is nothing. (The first part of
// Item.getMissing in Yjs.)
func (d *Doc) missing(b *block) (client, clock uint64) {
	for _, r := range []struct {
		id    id
		there bool
	}{{b.origin, b.hasOrigin}, {b.rightOrigin, b.hasRightOrigin}, {b.parentID, b.parentKind == parentIsItem}} {
		if r.there && r.id.client != b.id.client && r.id.clock >= d.clock(r.id.client) {
			return r.id.client, r.id.clock + 1
		}
	}
	return 0, 0
}

// deleteAll deletes what is to be deleted and has come (readAndApplyDeleteSet
// in Yjs).
func (d *Doc) deleteAll() {
	d.waitingDeleted.tidy()
	rest := ranges{}
	for client, spans := range d.waitingDeleted {
		known := d.clock(client)
		for _, s := range spans {
			if s.end > known {
				rest.add(client, max(s.start, known), s.end)
			}
			if s.start < known {
				d.deleteSpan(client, s.start, min(s.end, known))
			}
		}
	}
	d.waitingDeleted = rest
}

func (d *Doc) deleteSpan(client, from, to uint64) {
	n := d.place(id{client, from})
	if b := d.blocks[client][n]; !b.deleted && b.id.clock < from {
		d.split(n, b, from-b.id.clock)
		n++
	}
	for ; n < len(d.blocks[client]); n++ {
		b := d.blocks[client][n]
		if b.id.clock >= to {
			return
		}
		if b.deleted {
			continue
		}
		if b.end() > to {
			d.split(n, b, to-b.id.clock)
		}
		d.delete(b)
	}
}

// delete deletes the item, and all that is in it.
func (d *Doc) delete(b *block) {
	doomed := []*block{b}
	for len(doomed) > 0 {
		b := doomed[len(doomed)-1]
		doomed = doomed[:len(doomed)-1]
		if b.deleted {
			continue
		}
		b.deleted = true
		if b.content.shared == nil {
			continue
		}
		for child := b.content.shared.start; child != nil; child = child.right {
			doomed = append(doomed, child)
		}
		for _, child := range b.content.shared.keys {
			doomed = append(doomed, child)
		}
	}
}
