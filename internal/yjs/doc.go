package yjs

import (
	"slices"
	"sort"
)

// Doc is a document: what all the updates that it was given amount to, in
// whatever order they came. It is not safe for concurrent use.
type Doc struct {
	roots  map[string]*shared
	blocks map[uint64][]*block // by client, in the order of its clock, without gaps

	// What refers to something that has not come yet.
	waiting        map[uint64][]*block
	waitingDeleted ranges
}

// New is an empty document.
func New() *Doc {
	return &Doc{
		roots: map[string]*shared{}, blocks: map[uint64][]*block{},
		waiting: map[uint64][]*block{}, waitingDeleted: ranges{},
	}
}

// Load is the document that the updates amount to.
func Load(updates ...[]byte) (*Doc, error) {
	d := New()
	for _, data := range updates {
		u, err := ReadUpdate(data)
		if err != nil {
			return nil, err
		}
		d.Apply(u)
	}
	return d, nil
}

// Complete tells whether nothing waits for something that has not come.
func (d *Doc) Complete() bool { return len(d.waiting) == 0 && len(d.waitingDeleted) == 0 }

func (d *Doc) root(name string) *shared {
	s := d.roots[name]
	if s == nil {
		s = &shared{name: name, keys: map[string]*block{}}
		d.roots[name] = s
	}
	return s
}

// clock is how far the document has come with the client.
func (d *Doc) clock(client uint64) uint64 {
	blocks := d.blocks[client]
	if len(blocks) == 0 {
		return 0
	}
	return blocks[len(blocks)-1].end()
}

// place finds the block with the tick among its client's; it must be there.
func (d *Doc) place(i id) int {
	blocks := d.blocks[i.client]
	return sort.Search(len(blocks), func(n int) bool { return blocks[n].end() > i.clock })
}

func (d *Doc) at(i id) *block { return d.blocks[i.client][d.place(i)] }

// endingAt is the block that ends with the tick, made by a split if need be.
func (d *Doc) endingAt(i id) *block {
	n := d.place(i)
	b := d.blocks[i.client][n]
	if b.isItem() && b.last() != i {
		d.split(n, b, i.clock-b.id.clock+1)
	}
	return b
}

// beginningAt is the block that begins with the tick, made by a split if need be.
func (d *Doc) beginningAt(i id) *block {
	n := d.place(i)
	b := d.blocks[i.client][n]
	if b.isItem() && b.id != i {
		return d.split(n, b, i.clock-b.id.clock)
	}
	return b
}

// split splits the item, which is the client's nth block, and returns its right
// part (splitItem in Yjs).
func (d *Doc) split(n int, b *block, at uint64) *block {
	right := &block{
		id: id{b.id.client, b.id.clock + at}, length: b.length - at, ref: b.ref,
		origin: id{b.id.client, b.id.clock + at - 1}, hasOrigin: true,
		rightOrigin: b.rightOrigin, hasRightOrigin: b.hasRightOrigin,
		key: b.key, hasKey: b.hasKey, deleted: b.deleted, parent: b.parent,
		left: b, right: b.right, content: b.content.split(at),
	}
	b.length, b.right = at, right
	if right.right != nil {
		right.right.left = right
	} else if right.hasKey {
		right.parent.keys[right.key] = right
	}
	d.blocks[b.id.client] = slices.Insert(d.blocks[b.id.client], n+1, right)
	return right
}

// StateVector says how far the document has come with each client.
func (d *Doc) StateVector() StateVector {
	v := make(StateVector, len(d.blocks))
	for client := range d.blocks {
		if clock := d.clock(client); clock > 0 {
			v[client] = clock
		}
	}
	return v
}
