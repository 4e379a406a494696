// Package fold knows the form of a text in which people look for it: whatever
// its case and accents, word by word.
package fold

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// undecomposed are letters that differ from plain ones by more than a mark, so
// that no decomposition takes them apart, as people type them without.
var undecomposed = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "þ", "th", "ı", "i")

// Text gives the form of a text in which it is searched: in lower case, without
// accents, its words separated by single spaces.
func Text(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return undecomposed.Replace(strings.Join(strings.Fields(b.String()), " "))
}

// Words gives the words of a text in that form, each once: runs of letters,
// digits and marks.
func Words(text string) []string {
	words := strings.FieldsFunc(Text(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	slices.Sort(words)
	return slices.Compact(words)
}
