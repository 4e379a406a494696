package auth

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

// device is where the request came from.
func device(ctx context.Context) caller.Device {
	if !graphql.HasOperationContext(ctx) {
		return caller.Device{}
	}
	return caller.DeviceOf(graphql.GetOperationContext(ctx).Headers)
}

func (m mutation) SignIn(ctx context.Context, in SignInInput) (*AuthPayload, error) {
	on := device(ctx)
	email, err := normalEmail(in.Email)
	if err != nil {
		return nil, err
	}
	account, err := m.Store.AccountByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	if err := m.prove(ctx, account, email, in.Password, on); err != nil {
		return nil, err
	}
	return m.enter(ctx, account, on)
}

// prove checks the account's password, with the limits on guessing. An account
// that is nil fails like one with another password: with the same answer, after
// the same work.
func (r *Resolvers) prove(ctx context.Context, account *Account, email, password string, on caller.Device) error {
	if err := r.Throttle.Take(ctx, perAddress, on.Network()); err != nil {
		return err
	}
	if err := r.Throttle.Take(ctx, perAccount, email); err != nil {
		return err
	}
	var hash string
	if account != nil {
		hash = account.password
	}
	matches, outdated, err := r.Hasher.Matches(ctx, password, hash)
	if err != nil {
		return err
	}
	if !matches {
		return fault.New(fault.Unauthenticated, "The e-mail address or the password is wrong.")
	}
	r.proved(ctx, account, password, on, outdated)
	return nil
}

// proved takes the good try off the counts and brings an old hash up to date.
// Neither may fail a sign-in.
func (r *Resolvers) proved(ctx context.Context, account *Account, password string, on caller.Device, outdated bool) {
	err := r.Throttle.Back(ctx, perAddress, on.Network())
	if err == nil {
		err = r.Throttle.Forget(ctx, perAccount, account.Email)
	}
	if err == nil && outdated {
		var hash string
		if hash, err = r.Hasher.Hash(ctx, password); err == nil {
			err = r.Store.Rehash(ctx, account, hash)
		}
	}
	if err != nil {
		r.Log.WarnContext(ctx, "signed in, but something beside it failed", "error", err)
	}
}

// enter begins a session.
func (r *Resolvers) enter(ctx context.Context, account *Account, on caller.Device) (*AuthPayload, error) {
	session, token := NewSession(r.NewID(), account.ID, on, r.Now()), newToken()
	if err := r.Store.Begin(ctx, session, token); err != nil {
		return nil, err
	}
	return r.payload(ctx, account, session, token)
}

// payload gives a client what it needs to act as the person.
func (r *Resolvers) payload(ctx context.Context, account *Account, session *Session, token string) (*AuthPayload, error) {
	access, expires, err := r.accessToken(ctx, account, session.ID)
	if err != nil {
		return nil, err
	}
	session.viewer = caller.Caller{ID: account.ID, Session: session.ID}
	return &AuthPayload{
		AccessToken: access, RefreshToken: token, ExpiresAt: expires, TokenType: "Bearer",
		User: &User{ID: account.ID, Email: &account.Email, shown: true}, Session: session,
	}, nil
}
