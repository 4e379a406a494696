package yjs

// Flags of a block's first byte, beside its kind of content.
const (
	flagOrigin      = 0x80
	flagRightOrigin = 0x40
	flagKey         = 0x20
	kindBits        = 0x1f
)

// block is a run of one client's ticks: an item; what is left of items that
// were collected (GC in Yjs); or, within an update, ticks that are not in it (Skip).
type block struct {
	id     id
	length uint64
	ref    byte // refGC, refSkip, or an item's kind of content

	// Of an item. Origins are the neighbours that it was written between.
	origin, rightOrigin       id
	hasOrigin, hasRightOrigin bool
	key                       string // in a map, or of an attribute
	hasKey                    bool
	deleted                   bool
	content                   content
	parent                    *shared // nil until the item is integrated
	left, right               *block

	// The parent as the update names it, if it does: a root or an item.
	parentKind parentKind
	parentRoot string
	parentID   id
}

type parentKind byte

const (
	parentByNeighbour parentKind = iota // the same as the origins'
	parentIsRoot
	parentIsItem
)

func (b *block) isItem() bool { return b.ref != refGC && b.ref != refSkip }
func (b *block) end() uint64  { return b.id.clock + b.length }
func (b *block) last() id     { return id{b.id.client, b.end() - 1} }

// collect makes the item one of which nothing is left but its ticks.
func (b *block) collect() { *b = block{id: b.id, length: b.length, ref: refGC, deleted: true} }

// dropContent puts a deleted item's content away.
func (b *block) dropContent() {
	b.ref, b.content = refDeleted, content{ref: refDeleted}
}

// block reads the client's next block, which begins at the clock.
func (r *reader) block(at id) *block {
	info := r.byte()
	b := &block{id: at, ref: info & kindBits}
	if !b.isItem() {
		b.length, b.deleted = r.uint(), b.ref == refGC
	} else {
		r.item(b, info)
	}
	if r.err == nil && (b.length == 0 || b.length > maxInteger-at.clock) {
		r.fail("a block of client %d has an impossible length", at.client)
	}
	return b
}

func (r *reader) item(b *block, info byte) {
	if b.hasOrigin = info&flagOrigin != 0; b.hasOrigin {
		b.origin = r.earlier(b.id)
	}
	if b.hasRightOrigin = info&flagRightOrigin != 0; b.hasRightOrigin {
		b.rightOrigin = r.earlier(b.id)
	}
	if !b.hasOrigin && !b.hasRightOrigin {
		switch r.uint() {
		case 1:
			b.parentKind, b.parentRoot = parentIsRoot, r.string()
		case 0:
			b.parentKind, b.parentID = parentIsItem, r.earlier(b.id)
		default:
			r.fail("a parent is neither a root nor an item")
		}
		if b.hasKey = info&flagKey != 0; b.hasKey {
			b.key = r.string()
		}
	}
	b.content, b.length = r.content(b.ref)
	if b.content.shared != nil {
		b.content.shared.item = b
	}
}

// earlier reads the id of something that an item refers to. What the same
// client refers to, it has written before.
func (r *reader) earlier(than id) id {
	i := id{r.uint(), r.uint()}
	if r.err == nil && i.client == than.client && i.clock >= than.clock {
		r.fail("an item of client %d refers to one that comes after it", than.client)
	}
	return i
}

// write writes the block without its first offset ticks.
func (b *block) write(w *writer, offset uint64) {
	if !b.isItem() {
		w.byte(b.ref)
		w.uint(b.length - offset)
		return
	}
	info := b.ref
	origin, hasOrigin := b.origin, b.hasOrigin
	if offset > 0 {
		origin, hasOrigin = id{b.id.client, b.id.clock + offset - 1}, true
	}
	if hasOrigin {
		info |= flagOrigin
	}
	if b.hasRightOrigin {
		info |= flagRightOrigin
	}
	if b.hasKey {
		info |= flagKey
	}
	w.byte(info)
	if hasOrigin {
		w.id(origin)
	}
	if b.hasRightOrigin {
		w.id(b.rightOrigin)
	}
	if !hasOrigin && !b.hasRightOrigin {
		b.writeParent(w)
	}
	b.content.write(w, offset, b.length)
}

func (b *block) writeParent(w *writer) {
	switch {
	case b.parent != nil && b.parent.item == nil:
		w.uint(1)
		w.string(b.parent.name)
	case b.parent != nil:
		w.uint(0)
		w.id(b.parent.item.id)
	case b.parentKind == parentIsRoot:
		w.uint(1)
		w.string(b.parentRoot)
	default:
		w.uint(0)
		w.id(b.parentID)
	}
	if b.hasKey {
		w.string(b.key)
	}
}

// sliceFrom is the block from the clock on, for a block that is not integrated.
func (b *block) sliceFrom(clock uint64) *block {
	offset := clock - b.id.clock
	rest := *b
	rest.id.clock, rest.length = clock, b.length-offset
	if b.isItem() {
		rest.origin, rest.hasOrigin = id{b.id.client, clock - 1}, true
		whole := b.content
		rest.content = whole.split(offset)
	}
	return &rest
}
