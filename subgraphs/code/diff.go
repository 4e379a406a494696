package code

import (
	"cmp"
	"context"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"heddle/internal/fault"
)

// contextLimit is how many lines around a change may be asked for.
const contextLimit = 100

// compare says what changed from some texts to others, which are in the order
// of their names, with so many lines around each change.
func compare(from, to []*CodeText, around int) ([]*TextDiff, error) {
	changed := []*TextDiff{}
	for _, pair := range pairs(from, to) {
		if pair.from == pair.to {
			continue
		}
		d, err := pair.diff(around)
		if err != nil {
			return nil, err
		}
		changed = append(changed, d)
	}
	return changed, nil
}

// pair is a text before and after.
type pair struct{ name, from, to string }

func pairs(from, to []*CodeText) []pair {
	byName := map[string]pair{}
	for _, text := range from {
		byName[text.Name] = pair{name: text.Name, from: text.Content}
	}
	for _, text := range to {
		p := byName[text.Name]
		p.name, p.to = text.Name, text.Content
		byName[text.Name] = p
	}
	all := make([]pair, 0, len(byName))
	for _, p := range byName {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b pair) int { return cmp.Compare(a.name, b.name) })
	return all
}

func (p pair) diff(around int) (*TextDiff, error) {
	unified, err := udiff.ToUnifiedDiff("a/"+p.name, "b/"+p.name, p.from, lineEdits(p.from, p.to), around)
	if err != nil {
		return nil, err
	}
	d := &TextDiff{Name: p.name, Change: TextChangeChanged, Unified: unified.String(), Hunks: []*DiffHunk{}}
	switch {
	case p.from == "":
		d.Change = TextChangeAdded
	case p.to == "":
		d.Change = TextChangeRemoved
	}
	for _, h := range unified.Hunks {
		hunk := &DiffHunk{FromLine: h.FromLine, ToLine: h.ToLine}
		for _, line := range h.Lines {
			hunk.add(line)
		}
		d.Hunks = append(d.Hunks, hunk)
		for _, line := range hunk.Lines {
			switch line.Kind {
			case DiffLineKindInserted:
				d.Insertions++
			case DiffLineKindDeleted:
				d.Deletions++
			}
		}
	}
	return d, nil
}

func (h *DiffHunk) add(line udiff.Line) {
	l := &DiffLine{Content: line.Content}
	switch line.Kind {
	case udiff.Insert:
		l.Kind = DiffLineKindInserted
		h.ToCount++
	case udiff.Delete:
		l.Kind = DiffLineKindDeleted
		h.FromCount++
	default:
		l.Kind = DiffLineKindContext
		h.FromCount++
		h.ToCount++
	}
	h.Lines = append(h.Lines, l)
}

// diff compares two snapshots of a room that the caller was found to be in.
// Number 0 is the empty beginning.
func (r *Resolvers) diff(ctx context.Context, room string, from, to, around int) (*CodeDiff, error) {
	if around < 0 || around > contextLimit {
		return nil, fault.Field("context", `"context" must be between 0 and %d; it was %d.`, contextLimit, around)
	}
	found, err := r.Store.Texts(ctx, []Place{{room, from}, {room, to}})
	if err != nil {
		return nil, err
	}
	for i, number := range []int{from, to} {
		if number == 0 {
			found[i] = &Content{}
		}
		if found[i] == nil {
			return nil, missing(room, number)
		}
	}
	texts, err := compare(found[0].Texts, found[1].Texts, around)
	if err != nil {
		return nil, err
	}
	var unified strings.Builder
	for _, t := range texts {
		unified.WriteString(t.Unified)
	}
	return &CodeDiff{From: from, To: to, Texts: texts, Unified: unified.String()}, nil
}
