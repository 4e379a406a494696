package users

import (
	"context"

	"heddle/internal/caller"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) CreateUser(ctx context.Context, in CreateUserInput) (*CreateUserPayload, error) {
	c, err := caller.RequireService(ctx)
	if err != nil {
		return nil, err
	}
	u, err := NewUser(in, m.Now())
	if err != nil {
		return nil, err
	}
	if err := m.Store.Create(ctx, u); err != nil {
		return nil, err
	}
	found, err := m.Store.Users(ctx, []string{u.ID})
	if err != nil {
		return nil, err
	}
	return &CreateUserPayload{User: shown(c, found[0])}, nil
}

func (m mutation) UpdateProfile(ctx context.Context, in UpdateProfileInput) (*UpdateProfilePayload, error) {
	u, err := m.change(ctx, func(u *User) error { return u.Edit(in) })
	return &UpdateProfilePayload{User: u}, err
}

func (m mutation) UpdatePreferences(ctx context.Context, in UpdatePreferencesInput) (*UpdatePreferencesPayload, error) {
	u, err := m.change(ctx, func(u *User) error { return u.settings.Edit(in) })
	return &UpdatePreferencesPayload{User: u}, err
}

func (m mutation) DeleteAccount(ctx context.Context, in DeleteAccountInput) (*DeleteAccountPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	deleted, err := m.userDeleted(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	rule := func(u *User) error { return u.Delete(in.ConfirmUsername) }
	return &DeleteAccountPayload{DeletedUserID: c.ID}, m.Store.Delete(ctx, c.ID, rule, deleted)
}

// change applies a rule to the caller's own record.
func (m mutation) change(ctx context.Context, rule func(*User) error) (*User, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	u, err := m.Store.Change(ctx, c.ID, rule)
	return shown(c, u), err
}
