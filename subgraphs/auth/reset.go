package auth

import (
	"context"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

// resetLife is how long the token of a password mail is good.
const resetLife = time.Hour

func (m mutation) RequestPasswordReset(ctx context.Context, in RequestPasswordResetInput) (*RequestPasswordResetPayload, error) {
	accepted := &RequestPasswordResetPayload{Accepted: true}
	email, err := normalEmail(in.Email)
	if err != nil {
		return nil, err
	}
	if err := m.Throttle.Take(ctx, resetPerAddress, device(ctx).Network()); err != nil {
		return nil, err
	}
	if err := m.Throttle.Take(ctx, resetPerEmail, email); err != nil {
		if fault.Is(err, fault.RateLimited) {
			return accepted, nil // enough mails are on their way; whether to an account is nobody's business
		}
		return nil, err
	}
	mail := &PasswordMail{ID: m.NewID(), To: email, token: newToken(), CreatedAt: m.Now()}
	if err := m.Store.RequestReset(ctx, mail, m.Now().Add(resetLife)); err != nil {
		return nil, err
	}
	return accepted, nil
}

func badResetToken() error {
	return fault.Field("token", "The token is not valid: it was used, it is too old, or there was a newer password. Ask for another one.")
}

func (m mutation) ResetPassword(ctx context.Context, in ResetPasswordInput) (*ResetPasswordPayload, error) {
	account, err := m.Store.Resettable(ctx, in.Token, m.Now())
	if err != nil {
		return nil, err
	}
	if account == nil {
		return nil, badResetToken()
	}
	if err := checkPassword("newPassword", in.NewPassword, account.Email, ""); err != nil {
		return nil, err
	}
	hash, err := m.Hasher.Hash(ctx, in.NewPassword)
	if err != nil {
		return nil, err
	}
	ended, err := m.Store.Reset(ctx, in.Token, hash, m.Now())
	if err != nil {
		return nil, err
	}
	m.Revoker.Revoke(ctx, ended)
	if err := m.Throttle.Forget(ctx, perAccount, account.Email); err != nil {
		m.Log.WarnContext(ctx, "the tries of an account stay counted", "error", err)
	}
	return &ResetPasswordPayload{EndedSessions: len(ended)}, nil
}

func (m mutation) ChangePassword(ctx context.Context, in ChangePasswordInput) (*ChangePasswordPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	account, err := m.account(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if err := checkPassword("newPassword", in.NewPassword, account.Email, ""); err != nil {
		return nil, err
	}
	if err := m.prove(ctx, account, account.Email, in.CurrentPassword, device(ctx)); err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			err = fault.Field("currentPassword", "This is not your current password.")
		}
		return nil, err
	}
	hash, err := m.Hasher.Hash(ctx, in.NewPassword)
	if err != nil {
		return nil, err
	}
	ended, err := m.Store.SetPassword(ctx, account, hash, c.Session, m.Now())
	if err != nil {
		return nil, err
	}
	m.Revoker.Revoke(ctx, ended)
	return &ChangePasswordPayload{EndedSessions: len(ended)}, nil
}

// account reads an account that must be there.
func (r *Resolvers) account(ctx context.Context, id string) (*Account, error) {
	account, err := r.Store.Account(ctx, id)
	if err == nil && account == nil {
		err = noAccount(id)
	}
	return account, err
}

func noAccount(id string) error { return fault.New(fault.NotFound, "There is no account %q.", id) }
