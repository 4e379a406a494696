package yjs

// integrate puts the block, of which everything that it refers to is there, in
// its place (Item.integrate in Yjs).
func (d *Doc) integrate(b *block) {
	if b.isItem() {
		d.findNeighbours(b)
		if b.parent == nil {
			b.collect()
		} else {
			d.link(b)
		}
	}
	d.blocks[b.id.client] = append(d.blocks[b.id.client], b)
	if b.parent != nil && (b.parent.item != nil && b.parent.item.deleted || b.hasKey && b.right != nil) {
		d.delete(b)
	}
}

// findNeighbours finds the blocks that the item was written between, and its
// parent, which stays nil if that was collected. (The second part of
// Item.getMissing in Yjs.)
func (d *Doc) findNeighbours(b *block) {
	collected := false
	if b.hasOrigin {
		b.left = d.endingAt(b.origin)
		collected = !b.left.isItem()
	}
	if b.hasRightOrigin {
		b.right = d.beginningAt(b.rightOrigin)
		collected = collected || !b.right.isItem()
	}
	switch {
	case collected:
	case b.parentKind == parentIsRoot:
		b.parent = d.root(b.parentRoot)
	case b.parentKind == parentIsItem:
		b.parent = d.at(b.parentID).content.shared
	case b.left != nil:
		b.parent, b.key, b.hasKey = b.left.parent, b.left.key, b.left.hasKey
	case b.right != nil:
		b.parent, b.key, b.hasKey = b.right.parent, b.right.key, b.right.hasKey
	}
	if b.content.shared != nil {
		b.content.shared.keys = map[string]*block{}
	}
	if b.ref == refDeleted {
		b.deleted = true
	}
}

// link puts the item into its parent's list, or among the values of its key.
func (d *Doc) link(b *block) {
	if b.left == nil && (b.right == nil || b.right.left != nil) || b.left != nil && b.left.right != b.right {
		b.left = d.settle(b)
	}
	switch {
	case b.left != nil:
		b.right = b.left.right
		b.left.right = b
	case b.hasKey:
		b.right = b.parent.first(b.key)
	default:
		b.right = b.parent.start
		b.parent.start = b
	}
	if b.right != nil {
		b.right.left = b
	} else if b.hasKey {
		b.parent.keys[b.key] = b
		if b.left != nil {
			d.delete(b.left)
		}
	}
}

// first is the first of the values that the key has had.
func (s *shared) first(key string) *block {
	b := s.keys[key]
	for b != nil && b.left != nil {
		b = b.left
	}
	return b
}

// settle finds the item's left neighbour where others were written at the same
// place: the YATA rule, with Yjs's order of clients.
func (d *Doc) settle(b *block) *block {
	left := b.left
	var other *block
	switch {
	case left != nil:
		other = left.right
	case b.hasKey:
		other = b.parent.first(b.key)
	default:
		other = b.parent.start
	}
	conflicting, before := map[*block]bool{}, map[*block]bool{}
	for ; other != nil && other != b.right; other = other.right {
		before[other], conflicting[other] = true, true
		if sameOrigin(b.hasOrigin, b.origin, other.hasOrigin, other.origin) {
			if other.id.client < b.id.client {
				left = other
				clear(conflicting)
			} else if sameOrigin(b.hasRightOrigin, b.rightOrigin, other.hasRightOrigin, other.rightOrigin) {
				break
			}
			continue
		}
		if !other.hasOrigin {
			break
		}
		origin := d.at(other.origin)
		if !before[origin] {
			break
		}
		if !conflicting[origin] {
			left = other
			clear(conflicting)
		}
	}
	return left
}

func sameOrigin(hasA bool, a id, hasB bool, b id) bool { return hasA == hasB && (!hasA || a == b) }
