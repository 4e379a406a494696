package execute

import "sync"

// arena is where the values of one answer live. Arenas are used again: an
// execution returns its own when the response is written.
type arena struct {
	values  slab[value]
	members slab[member]
	items   slab[*value]
	stack   []member // what the reader is in the middle of

	// Scratch of a search and of the request that is made of what it found.
	here, there []*value
	body        []byte
	seen        map[uint64]int
	starts      []int
}

var arenas = sync.Pool{New: func() any { return new(arena) }}

// release empties the arena and puts it back. Nothing in it may be used after.
func (a *arena) release() {
	a.values.reset()
	a.members.reset()
	a.items.reset()
	clear(a.stack[:cap(a.stack)])
	clear(a.here[:cap(a.here)])
	clear(a.there[:cap(a.there)])
	if cap(a.body) > keptBody {
		a.body = nil
	}
	a.stack = a.stack[:0]
	arenas.Put(a)
}

func (a *arena) new(k kind) *value {
	v := &a.values.take(1)[0]
	v.kind = k
	return v
}

func (a *arena) keepMembers(list []member) []member {
	if len(list) == 0 {
		return nil
	}
	kept := a.members.take(len(list))
	copy(kept, list)
	return kept
}

func (a *arena) keepItems(list []member) []*value {
	if len(list) == 0 {
		return nil
	}
	kept := a.items.take(len(list))
	for i := range list {
		kept[i] = list[i].value
	}
	return kept
}

// slab hands out pieces of big chunks.
type slab[T any] struct {
	chunk []T
	used  int
	full  [][]T
}

const (
	firstChunk = 64
	// keptChunk is the largest chunk that is kept for the next request.
	keptChunk = 1 << 13
	// keptBody is the longest buffer that is kept.
	keptBody = 1 << 20
)

// take gives n zero values that lie together and cannot grow into others.
func (s *slab[T]) take(n int) []T {
	if s.used+n > len(s.chunk) {
		if s.used > 0 {
			s.full = append(s.full, s.chunk[:s.used])
		}
		s.chunk, s.used = make([]T, max(firstChunk, 2*len(s.chunk), n)), 0
	}
	s.used += n
	return s.chunk[s.used-n : s.used : s.used]
}

// reset keeps the last chunk, which is the largest, unless it is too large.
func (s *slab[T]) reset() {
	clear(s.chunk[:s.used])
	if len(s.chunk) > keptChunk {
		s.chunk = nil
	}
	s.used, s.full = 0, nil
}
