package notifications

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// account is how one connection signs in at a mail server (RFC 4954): by the
// first of the ways below that the server offers. The library would choose by
// itself, but takes no connection for encrypted that it has not encrypted
// itself, and so would tell no server of smtps a password.
type account struct {
	host, user, password string
	chosen               smtp.Auth
}

// signIns are the ways of signing in, the best first. The last two show the
// server the password: they refuse a connection that is not encrypted, unless
// it ends on this machine.
var signIns = []struct {
	mechanism string
	begin     func(a *account) smtp.Auth
}{
	{"SCRAM-SHA-256", func(a *account) smtp.Auth { return smtp.ScramSHA256Auth(a.user, a.password) }},
	{"SCRAM-SHA-1", func(a *account) smtp.Auth { return smtp.ScramSHA1Auth(a.user, a.password) }},
	{"CRAM-MD5", func(a *account) smtp.Auth { return smtp.CRAMMD5Auth(a.user, a.password) }},
	{"PLAIN", func(a *account) smtp.Auth { return smtp.PlainAuth("", a.user, a.password, a.host, false) }},
	{"LOGIN", func(a *account) smtp.Auth { return smtp.LoginAuth(a.user, a.password, a.host, false) }},
}

// Start chooses by what the server offers.
func (a *account) Start(server *smtp.ServerInfo) (mechanism string, first []byte, err error) {
	for _, way := range signIns {
		if slices.Contains(server.Auth, way.mechanism) {
			a.chosen = way.begin(a)
			return a.chosen.Start(server)
		}
	}
	if len(server.Auth) == 0 {
		return "", nil, errors.New("the server lets nobody sign in on this connection")
	}
	return "", nil, fmt.Errorf("of the ways to sign in that the server offers, none is known here: %s", strings.Join(server.Auth, " "))
}

// Next answers what the server asks.
func (a *account) Next(asked []byte, more bool) ([]byte, error) { return a.chosen.Next(asked, more) }
