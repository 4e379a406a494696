package users

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// undecomposed are letters that differ from plain ones by more than a mark, so
// that no decomposition takes them apart, as people type them without.
var undecomposed = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "þ", "th", "ı", "i")

// fold gives the form of a text in which it is searched: in lower case, without
// accents, its words separated by single spaces.
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return undecomposed.Replace(strings.Join(strings.Fields(b.String()), " "))
}

// searchText is what a person is found by: each word after a space.
func (u *User) searchText() string {
	return " " + fold(u.Username) + " " + fold(u.FirstName) + " " + fold(u.LastName)
}
