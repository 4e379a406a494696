package code

import (
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"
	"github.com/aymanbagabas/go-udiff/lcs"
)

// lineEdits are the whole lines that differ between two texts. Each distinct
// line stands for a letter, so that the library's search for common letters
// finds common lines.
func lineEdits(from, to string) []udiff.Edit {
	letters := map[string]rune{}
	spell := func(lines []string) []rune {
		word := make([]rune, len(lines))
		for i, line := range lines {
			letter, known := letters[line]
			if !known {
				letter = rune(len(letters))
				letters[line] = letter
			}
			word[i] = letter
		}
		return word
	}
	before, after := strings.SplitAfter(from, "\n"), strings.SplitAfter(to, "\n")
	starts := make([]int, len(before)+1)
	for i, line := range before {
		starts[i+1] = starts[i] + len(line)
	}
	var edits []udiff.Edit
	for _, d := range lcs.DiffRunes(spell(before), spell(after)) {
		edits = append(edits, udiff.Edit{
			Start: starts[d.Start], End: starts[d.End], New: strings.Join(after[d.ReplStart:d.ReplEnd], ""),
		})
	}
	return edits
}
