package auth

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"heddle/internal/fault"
)

// Length of a password, in characters.
const (
	passwordMin = 8
	passwordMax = 256
)

// checkPassword holds a new password against the rules (NIST SP 800-63B,
// section 5.1.1.2: length and nothing that is known of the person). field is
// the input field that it came in.
func checkPassword(field, password, email, username string) error {
	if n := utf8.RuneCountInString(password); n < passwordMin || n > passwordMax {
		return fault.Field(field, "A password has %d to %d characters; this one has %d.", passwordMin, passwordMax, n)
	}
	local, _, _ := strings.Cut(email, "@")
	for _, known := range []string{email, local, username} {
		if known != "" && strings.EqualFold(strings.TrimSpace(password), known) {
			return fault.Field(field, "The password must be neither your e-mail address nor your username.")
		}
	}
	return nil
}

// typed gives the form in which a password is hashed: the same whichever way a
// keyboard composes its letters.
func typed(password string) string { return norm.NFKC.String(password) }
