package execute

import "sync"

// arena is where the values of one answer live. Arenas are used again: an
// execution returns its own when the response is written.
type arena struct {
	values  slab[value]
	members slab[member]
	items   slab[*value]
	stack   []member // what the reader is in the middle of

	spots []spot // of the answer that is read

	// Scratch of a search and of the request that is made of what it found.
	here, there []*value
	body        []byte
	seen        map[uint64]int
	starts      []int
}

var arenas = sync.Pool{New: func() any { return new(arena) }}

// release empties the arena and puts it back. Nothing in it may be used after.
func (a *arena) release() {
	a.values.reset(&valueChunks)
	a.members.reset(&memberChunks)
	a.items.reset(&itemChunks)
	clear(a.stack[:cap(a.stack)])
	clear(a.here[:cap(a.here)])
	clear(a.there[:cap(a.there)])
	if cap(a.body) > keptBody {
		a.body = nil
	}
	a.stack = a.stack[:0]
	a.forget()
	arenas.Put(a)
}

func (a *arena) new(k kind) *value {
	v := &a.values.take(1, &valueChunks)[0]
	v.kind = k
	return v
}

func (a *arena) keepMembers(list []member) []member {
	if len(list) == 0 {
		return nil
	}
	kept := a.members.take(len(list), &memberChunks)
	copy(kept, list)
	return kept
}

func (a *arena) keepItems(list []member) []*value {
	if len(list) == 0 {
		return nil
	}
	kept := a.items.take(len(list), &itemChunks)
	for i := range list {
		kept[i] = list[i].value
	}
	return kept
}

// chunkSize is how many entries a chunk has: small enough that a small answer
// wastes little, large enough that chunks are seldom fetched.
const chunkSize = 256

// keptBody is the longest buffer that is kept.
const keptBody = 1 << 20

// chunks are where slabs get their chunks from, one pool for each type.
type chunks[T any] struct{ pool sync.Pool }

func (c *chunks[T]) get() []T {
	if kept, ok := c.pool.Get().(*[]T); ok {
		return *kept
	}
	return make([]T, chunkSize)
}

func (c *chunks[T]) put(chunk []T) { c.pool.Put(&chunk) }

var (
	valueChunks  chunks[value]
	memberChunks chunks[member]
	itemChunks   chunks[*value]
)

// slab hands out pieces of chunks.
type slab[T any] struct {
	chunk []T
	used  int
	full  [][]T
}

// take gives n zero entries that lie together and cannot grow into others.
func (s *slab[T]) take(n int, from *chunks[T]) []T {
	if n > chunkSize/2 {
		return make([]T, n)
	}
	if s.used+n > len(s.chunk) {
		if s.chunk != nil {
			s.full = append(s.full, s.chunk)
		}
		s.chunk, s.used = from.get(), 0
	}
	s.used += n
	return s.chunk[s.used-n : s.used : s.used]
}

// reset empties the chunks and gives them back.
func (s *slab[T]) reset(to *chunks[T]) {
	for i, chunk := range s.full {
		clear(chunk)
		to.put(chunk)
		s.full[i] = nil
	}
	if s.chunk != nil {
		clear(s.chunk[:s.used])
		to.put(s.chunk)
	}
	s.chunk, s.used, s.full = nil, 0, s.full[:0]
}
