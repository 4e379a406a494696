package yjs

import "strings"

// tidy makes the document small without changing what it amounts to: the
// content of what was deleted goes, and what was written in one go becomes one
// block again (tryGc and tryMergeDeleteSet in Yjs).
func (d *Doc) tidy() {
	for _, blocks := range d.blocks {
		for _, b := range blocks {
			if b.isItem() && b.deleted && b.ref != refDeleted {
				d.collectWithin(b)
				b.dropContent()
			}
		}
	}
	for client, blocks := range d.blocks {
		d.blocks[client] = merge(blocks)
	}
}

// collectWithin collects all that is in the deleted item.
func (d *Doc) collectWithin(b *block) {
	types := []*shared{b.content.shared}
	for len(types) > 0 {
		s := types[len(types)-1]
		types = types[:len(types)-1]
		if s == nil {
			continue
		}
		for child := s.start; child != nil; {
			next := child.right
			types = append(types, child.content.shared)
			child.collect()
			child = next
		}
		for _, child := range s.keys {
			for child != nil {
				previous := child.left
				types = append(types, child.content.shared)
				child.collect()
				child = previous
			}
		}
		s.start, s.keys = nil, nil
	}
}

// merge joins the client's blocks that continue each other.
func merge(blocks []*block) []*block {
	kept := blocks[:0]
	for i := 0; i < len(blocks); {
		b := blocks[i]
		next := i + 1
		for last := b; next < len(blocks) && last.continuedBy(blocks[next]); next++ {
			last = blocks[next]
		}
		b.join(blocks[i+1 : next])
		kept = append(kept, b)
		i = next
	}
	clear(blocks[len(kept):])
	return kept
}

// continuedBy tells whether next, the client's next block, could have been
// written in one with b (mergeWith in Yjs).
func (b *block) continuedBy(next *block) bool {
	if b.ref != next.ref || b.deleted != next.deleted {
		return false
	}
	if !b.isItem() {
		return true
	}
	return b.content.mergeable() && b.right == next && next.hasOrigin && next.origin == b.last() &&
		sameOrigin(b.hasRightOrigin, b.rightOrigin, next.hasRightOrigin, next.rightOrigin)
}

// join takes the blocks that continue b into it.
func (b *block) join(rest []*block) {
	if len(rest) == 0 {
		return
	}
	last := rest[len(rest)-1]
	b.length = last.end() - b.id.clock
	if !b.isItem() {
		return
	}
	var text strings.Builder
	text.WriteString(b.content.text)
	values := b.content.values[:len(b.content.values):len(b.content.values)]
	for _, r := range rest {
		text.WriteString(r.content.text)
		values = append(values, r.content.values...)
		if r.hasKey && r.parent.keys[r.key] == r {
			b.parent.keys[b.key] = b
		}
	}
	b.content.text, b.content.values = text.String(), values
	if b.right = last.right; b.right != nil {
		b.right.left = b
	}
}
