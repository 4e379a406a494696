package auth

import (
	"context"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation. Those with more to them stand in
// files of their own: signup.go, signin.go, refresh.go, reset.go.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) SignOut(ctx context.Context, in SignOutInput) (*SignOutPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	var ended []string
	if in.Everywhere {
		ended, err = m.Store.EndAll(ctx, c.ID, m.Now())
	} else {
		ended, err = m.Store.End(ctx, c.Session, m.Now(), func(s *Session) error { return s.End(c) })
	}
	if err != nil {
		return nil, err
	}
	m.Revoker.Revoke(ctx, ended)
	return &SignOutPayload{EndedSessions: len(ended)}, nil
}

func (m mutation) RevokeSession(ctx context.Context, in RevokeSessionInput) (*RevokeSessionPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := m.Store.End(ctx, in.SessionID, m.Now(), func(s *Session) error { return s.End(c) })
	if err != nil {
		return nil, err
	}
	m.Revoker.Revoke(ctx, ended)
	return &RevokeSessionPayload{EndedSessionID: in.SessionID}, nil
}

// End checks that the person may end the session.
func (s *Session) End(by caller.Caller) error {
	if s.PersonID != by.ID && !by.HasRole(caller.Admin) {
		return noSession(s.ID)
	}
	return nil
}

func noSession(id string) error { return fault.New(fault.NotFound, "There is no session %q.", id) }

func (m mutation) GrantRole(ctx context.Context, in GrantRoleInput) (*GrantRolePayload, error) {
	user, err := m.changeRoles(ctx, in.UserID, func(a *Account, _ int) error { a.Grant(in.Role); return nil })
	return &GrantRolePayload{User: user}, err
}

func (m mutation) RevokeRole(ctx context.Context, in RevokeRoleInput) (*RevokeRolePayload, error) {
	user, err := m.changeRoles(ctx, in.UserID, func(a *Account, admins int) error { return a.Revoke(in.Role, admins, m.Admins) })
	return &RevokeRolePayload{User: user}, err
}

func (m mutation) changeRoles(ctx context.Context, id string, rule func(a *Account, admins int) error) (*User, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return nil, err
	}
	ended, err := m.Store.ChangeRoles(ctx, id, m.Now(), rule)
	if err != nil {
		return nil, err
	}
	m.Revoker.Revoke(ctx, ended)
	return &User{ID: id}, nil
}
