package auth

import (
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"heddle/internal/fault"
)

// emailLimit is the length of an address, in bytes (RFC 5321, section 4.5.3.1.3,
// less the two angle brackets).
const emailLimit = 254

// normalEmail gives the one form of an address: without spaces around it, in
// lower case, its domain in ASCII. Two addresses that reach the same mailbox
// because of their letters' case are one.
func normalEmail(address string) (string, error) {
	bad := fault.Field("email", `%q is not an e-mail address such as "ada@example.com".`, address)
	address = norm.NFC.String(strings.TrimSpace(address))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address || strings.Contains(address, `"`) {
		return "", bad
	}
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil || !strings.Contains(domain, ".") {
		return "", bad
	}
	normal := strings.ToLower(address[:at]) + "@" + domain
	if len(normal) > emailLimit || at > 64 {
		return "", bad
	}
	return normal, nil
}

// addresses reads the setting HEDDLE_ADMIN_EMAILS.
func addresses(list string) ([]string, error) {
	var all []string
	for _, address := range strings.Split(list, ",") {
		if strings.TrimSpace(address) == "" {
			continue
		}
		normal, err := normalEmail(address)
		if err != nil {
			return nil, fmt.Errorf("read HEDDLE_ADMIN_EMAILS: %w", err)
		}
		all = append(all, normal)
	}
	return all, nil
}
