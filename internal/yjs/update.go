package yjs

import (
	"cmp"
	"fmt"
	"slices"
)

// Update is what some clients wrote: their blocks, and what they deleted.
type Update struct {
	blocks  map[uint64][]*block // by client, in the order of its clock
	deleted ranges
}

// ReadUpdate reads what Y.encodeStateAsUpdate, an update event or
// Y.mergeUpdates gave, and refuses everything else: what breaks off or goes on
// too long, and what Yjs would not read. The input must not be changed later.
func ReadUpdate(data []byte) (*Update, error) {
	r := reader{data: data}
	u := &Update{blocks: map[uint64][]*block{}, deleted: ranges{}}
	for range r.count(3) {
		n, client, clock := r.count(2), r.uint(), r.uint()
		if _, twice := u.blocks[client]; twice {
			r.fail("client %d comes twice", client)
		}
		blocks := make([]*block, 0, n)
		for range n {
			b := r.block(id{client, clock})
			if r.err != nil {
				break
			}
			clock = b.end()
			if b.ref != refSkip {
				blocks = append(blocks, b)
			}
		}
		u.blocks[client] = blocks
	}
	r.deletions(u.deleted)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("update: %w", err)
	}
	return u, nil
}

// span is some ticks of a client: from start, and without end.
type span struct{ start, end uint64 }

// ranges are ticks of several clients.
type ranges map[uint64][]span

func (s ranges) add(client uint64, from, to uint64) {
	if n := len(s[client]); n > 0 && s[client][n-1].end == from {
		s[client][n-1].end = to
		return
	}
	s[client] = append(s[client], span{from, to})
}

// tidy puts the spans in order and joins those that meet.
func (s ranges) tidy() {
	for client, spans := range s {
		slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
		kept := spans[:0]
		for _, next := range spans {
			if n := len(kept); n > 0 && next.start <= kept[n-1].end {
				kept[n-1].end = max(kept[n-1].end, next.end)
			} else if next.start < next.end {
				kept = append(kept, next)
			}
		}
		if s[client] = kept; len(kept) == 0 {
			delete(s, client)
		}
	}
}

func (r *reader) deletions(into ranges) {
	for range r.count(2) {
		client := r.uint()
		for range r.count(2) {
			clock, length := r.uint(), r.uint()
			if length == 0 || length > maxInteger-clock {
				r.fail("a deletion has an impossible length")
				return
			}
			into.add(client, clock, clock+length)
		}
	}
	into.tidy()
}

func (w *writer) deletions(s ranges) {
	w.uint(uint64(len(s)))
	for _, client := range descending(s) {
		w.uint(client)
		w.uint(uint64(len(s[client])))
		for _, d := range s[client] {
			w.uint(d.start)
			w.uint(d.end - d.start)
		}
	}
}
