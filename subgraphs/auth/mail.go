package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/batch"
)

// Mailer hands a mail on, in the transaction that makes its token: nobody gets
// a mail of a token that is not kept, and no token is lost. The mailer of today
// keeps mails in a table, where an administrator reads them in the graph.
type Mailer interface {
	Mail(ctx context.Context, tx pgx.Tx, m *PasswordMail) error
}

// PasswordMail is the answer to somebody who has forgotten their password. Who
// has no account gets one too, so that asking costs the same and tells nothing.
type PasswordMail struct {
	ID        string
	To        string
	token     string // empty if there is no account
	CreatedAt time.Time
	batch.Peer[*PasswordMail]
}

// Kind tells the two mails from each other.
func (m *PasswordMail) Kind() PasswordMailKind {
	if m.token == "" {
		return PasswordMailKindNoAccount
	}
	return PasswordMailKindReset
}

// Token is what resetPassword takes.
func (m *PasswordMail) Token() *string { return textOrNil(m.token) }

// Subject is the mail's subject.
func (m *PasswordMail) Subject() string {
	if m.token == "" {
		return "You have no account with this address"
	}
	return "Set a new password"
}

// Text is the mail's text.
func (m *PasswordMail) Text() string {
	if m.token == "" {
		return "Somebody, perhaps you, asked for a new password for this e-mail address.\n" +
			"There is no account with it. If it was not you, there is nothing to do."
	}
	return fmt.Sprintf("Somebody, perhaps you, asked for a new password for your account.\n"+
		"Set it within %d minutes, with this token:\n\n%s\n\n"+
		"If it was not you, there is nothing to do: your password stays as it is.", int(resetLife.Minutes()), m.token)
}
