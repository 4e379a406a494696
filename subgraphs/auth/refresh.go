package auth

import (
	"context"

	"heddle/internal/fault"
)

// Refreshed is what became of a refresh token that came in.
type Refreshed struct {
	Turn    Turn
	Account *Account // nil if the token is not one of a session that is alive
	Session *Session
	Next    string   // the token that follows
	Ended   []string // sessions that ended because the token was used before
}

func (m mutation) RefreshToken(ctx context.Context, in RefreshTokenInput) (*AuthPayload, error) {
	got, err := m.Store.Refresh(ctx, in.RefreshToken, m.Now())
	if err != nil {
		return nil, err
	}
	m.Revoker.Revoke(ctx, got.Ended)
	if got.Account == nil {
		return nil, fault.New(fault.Unauthenticated, "The refresh token is not valid, or its session has ended. Sign in again.")
	}
	if got.Turn == Reused {
		m.Log.WarnContext(ctx, "a refresh token was used again; its session has ended", "session", got.Session.ID)
		return nil, fault.New(fault.Unauthenticated, "The refresh token was used before, so its session has ended. Sign in again.")
	}
	return m.payload(ctx, got.Account, got.Session, got.Next)
}
