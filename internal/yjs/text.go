package yjs

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	udiff "github.com/aymanbagabas/go-udiff"
)

// Text is what the text of the name reads: what Y.Doc.getText(name).toString()
// gives.
func (d *Doc) Text(name string) string {
	root := d.roots[name]
	if root == nil {
		return ""
	}
	var text strings.Builder
	for b := root.start; b != nil; b = b.right {
		if b.ref == refString && !b.deleted {
			text.WriteString(b.content.text)
		}
	}
	return text.String()
}

// Texts names the roots that have text in them, in order. (A root's type is not
// in the format: the first to use it says what it is.)
func (d *Doc) Texts() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(d.roots)) {
		for b := d.roots[name].start; b != nil; b = b.right {
			if b.ref == refString && !b.deleted {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// Replace makes the text of the name read as given, in the name of a client
// that has not written in the document before, and returns the update that does
// the same to every replica; nil if it reads so already. What stays of the text
// is not touched. The new text must be UTF-8.
func (d *Doc) Replace(client uint64, name, text string) []byte {
	before := d.Text(name)
	if before == text || !utf8.ValidString(text) {
		return nil
	}
	root := d.root(name)
	u := &Update{blocks: map[uint64][]*block{}, deleted: ranges{}}
	edits := udiff.Strings(before, text)
	// From the end on, so that the places of earlier edits stay as they are.
	clock := d.clock(client)
	for _, e := range slices.Backward(edits) {
		from, to := utf16Length(before[:e.Start]), utf16Length(before[:e.End])
		left, right := d.around(root, from)
		for b := right; b != nil && to > from; b = b.right {
			if b.deleted || b.ref != refString {
				continue
			}
			if b.length > to-from {
				d.split(d.place(b.id), b, to-from)
			}
			from += b.length
			u.deleted.add(b.id.client, b.id.clock, b.end())
			d.delete(b)
		}
		if e.New == "" {
			continue
		}
		b := written(id{client, clock}, name, left, right, e.New)
		clock = b.end()
		u.blocks[client] = append(u.blocks[client], b)
		copied := *b
		d.integrate(&copied)
	}
	u.deleted.tidy()
	return u.encode()
}

// written is an item of text between two neighbours.
func written(at id, root string, left, right *block, text string) *block {
	b := &block{id: at, ref: refString, length: utf16Length(text), content: content{ref: refString, text: text}}
	if left != nil {
		b.origin, b.hasOrigin = left.last(), true
	}
	if right != nil {
		b.rightOrigin, b.hasRightOrigin = right.id, true
	}
	if left == nil && right == nil {
		b.parentKind, b.parentRoot = parentIsRoot, root
	}
	return b
}

// around finds the neighbours of a place in the text, in UTF-16 code units,
// and splits what crosses it. Only text counts: it is where Text shows it.
func (d *Doc) around(root *shared, at uint64) (left, right *block) {
	right = root.start
	for ; right != nil && at > 0; left, right = right, right.right {
		if right.deleted || right.ref != refString {
			continue
		}
		if right.length > at {
			d.split(d.place(right.id), right, at)
		}
		at -= right.length
	}
	return left, right
}

// encode writes the update.
func (u *Update) encode() []byte {
	w := writer{}
	w.uint(uint64(len(u.blocks)))
	for _, client := range descending(u.blocks) {
		w.client(client, u.blocks[client], 0)
	}
	w.deletions(u.deleted)
	return w.data
}
