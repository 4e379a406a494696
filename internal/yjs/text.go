package yjs

import (
	"maps"
	"slices"
	"strings"

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

// Replace makes the texts read as given, and every other one empty, in the name
// of a client that has not written in the document before. It returns the
// update that does the same to every replica; nil if they read so already. What
// stays of a text is not touched. Names and texts must be UTF-8.
func (d *Doc) Replace(client uint64, texts map[string]string) []byte {
	names := slices.Collect(maps.Keys(texts))
	names = append(names, d.Texts()...)
	slices.Sort(names)
	u := &Update{blocks: map[uint64][]*block{}, deleted: ranges{}}
	for _, name := range slices.Compact(names) {
		d.replace(u, client, name, texts[name])
	}
	u.deleted.tidy()
	if len(u.blocks) == 0 && len(u.deleted) == 0 {
		return nil
	}
	return u.encode()
}

// replace replaces one text, and puts what that takes into the update.
func (d *Doc) replace(u *Update, client uint64, name, text string) {
	before := d.Text(name)
	root := d.root(name)
	// From the end on, so that the places of earlier edits stay as they are.
	for _, e := range slices.Backward(udiff.Strings(before, text)) {
		from, to := utf16Length(before[:e.Start]), utf16Length(before[:e.End])
		left, right := d.around(root, from)
		d.deleteText(u, right, to-from)
		if e.New == "" {
			continue
		}
		b := written(id{client, d.clock(client)}, name, left, right, e.New)
		u.blocks[client] = append(u.blocks[client], b)
		copied := *b
		d.integrate(&copied)
	}
}

// deleteText deletes so much text, in UTF-16 code units, from the block on.
func (d *Doc) deleteText(u *Update, b *block, length uint64) {
	for ; b != nil && length > 0; b = b.right {
		if b.deleted || b.ref != refString {
			continue
		}
		if b.length > length {
			d.split(d.place(b.id), b, length)
		}
		length -= b.length
		u.deleted.add(b.id.client, b.id.clock, b.end())
		d.delete(b)
	}
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
