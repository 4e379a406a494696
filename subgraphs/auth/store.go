package auth

import (
	"context"
	"time"

	"heddle/internal/page"
)

// Store keeps accounts, their sessions, and what it takes to get back in. What
// ends sessions notes them, in its own transaction, for the list of revocations.
type Store interface {
	accountStore
	sessionStore
	resetStore
	// Sweep throws away what is of no more use.
	Sweep(ctx context.Context, now time.Time) error
}

type accountStore interface {
	// Reserve keeps an e-mail address for a sign-up that has begun.
	Reserve(ctx context.Context, r Reservation) (Reserved, error)
	// Activate turns the reservation into an account with its first session.
	Activate(ctx context.Context, account *Account, r Reservation, s *Session, token string) error
	// Release lets go of a reservation. If forget, nothing of it is kept.
	Release(ctx context.Context, r Reservation, forget bool) error
	// Account reads an account that is in use, nil if there is none.
	Account(ctx context.Context, id string) (*Account, error)
	AccountByEmail(ctx context.Context, email string) (*Account, error)
	// Roles reads the roles of those who have an account.
	Roles(ctx context.Context, ids []string) (map[string][]Role, error)
	// ChangeRoles applies the rule, which is told how many administrators there
	// are, with nobody else changing administrators meanwhile. Who loses a role
	// loses their sessions.
	ChangeRoles(ctx context.Context, id string, now time.Time, rule func(a *Account, admins int) error) (ended []string, err error)
	// MakeAdmins makes the accounts with the addresses administrators.
	MakeAdmins(ctx context.Context, emails []string) error
	// SetPassword replaces the account's password and ends its sessions but one.
	// It is a conflict if the password was changed meanwhile.
	SetPassword(ctx context.Context, account *Account, hash, except string, now time.Time) (ended []string, err error)
	// Rehash replaces the hash of the same password.
	Rehash(ctx context.Context, account *Account, hash string) error
}

type sessionStore interface {
	Begin(ctx context.Context, s *Session, token string) error
	// Refresh finds the token's session and takes its turn.
	Refresh(ctx context.Context, token string, now time.Time) (Refreshed, error)
	// Sessions reads sessions by their ids, whether or not they have ended.
	Sessions(ctx context.Context, ids []string) ([]*Session, error)
	// List reads a page of the person's sessions that have not ended, newest first.
	List(ctx context.Context, person string, now time.Time, w page.Window) ([]*Session, error)
	CountSessions(ctx context.Context, person string, now time.Time) (int, error)
	// End ends the session that the rule agrees to.
	End(ctx context.Context, id string, now time.Time, rule func(*Session) error) (ended []string, err error)
	// EndAll ends all sessions of the person.
	EndAll(ctx context.Context, person string, now time.Time) (ended []string, err error)
}

type resetStore interface {
	// RequestReset keeps a token for the account with the address, if there is
	// one, and mails it; else it mails that there is none.
	RequestReset(ctx context.Context, mail *PasswordMail, expires time.Time) error
	// Resettable reads the account that the token is for, nil if it is not valid.
	Resettable(ctx context.Context, token string, now time.Time) (*Account, error)
	// Reset uses the token up, replaces the password and ends all sessions.
	Reset(ctx context.Context, token, hash string, now time.Time) (ended []string, err error)
	// Mail reads a mail that is still to be handed on, nil if there is none.
	Mail(ctx context.Context, id string) (*PasswordMail, error)
	// Mailed forgets a mail that was handed on.
	Mailed(ctx context.Context, id string) error
}
