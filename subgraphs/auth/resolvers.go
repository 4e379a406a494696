package auth

import (
	"context"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Me(ctx context.Context) (*User, error) {
	c, _ := caller.From(ctx)
	if c.Person() == "" {
		return nil, nil
	}
	return &User{ID: c.ID}, nil
}

func (q query) Sessions(ctx context.Context, first *int, after *string, last *int, before *string) (*SessionConnection, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.ID)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	sessions, err := q.Store.List(ctx, c.ID, now, w)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		s.viewer = c
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountSessions(ctx, c.ID, now) }
	return &SessionConnection{page.Of[SessionEdge](w, sessions, keyOfSession, count)}, nil
}

func (q query) VerifyToken(ctx context.Context, token string) (*TokenInfo, error) {
	c, err := q.Callers.Verify(ctx, token)
	if fault.Is(err, fault.Unauthenticated) {
		reason := err.Error()
		return &TokenInfo{Reason: &reason}, nil
	}
	if err != nil {
		return nil, err
	}
	info := &TokenInfo{Active: true, SessionID: textOrNil(c.Session), Roles: []Role{}, Scopes: c.Scopes, ExpiresAt: &c.ExpiresAt}
	for _, name := range c.Roles {
		if role := Role(name); role.IsValid() {
			info.Roles = append(info.Roles, role)
		}
	}
	if c.Person() != "" {
		info.User = &User{ID: c.ID}
	}
	return info, nil
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyUserByIDs(_ context.Context, keys []*UserByIDsInput) ([]*User, error) {
	users := make([]*User, len(keys))
	for i, key := range keys {
		users[i] = &User{ID: key.ID}
	}
	batch.Join(users)
	return users, nil
}

// FindManySessionByIDs gives the caller their own sessions, administrators all.
func (e entity) FindManySessionByIDs(ctx context.Context, keys []*SessionByIDsInput) ([]*Session, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	sessions, err := e.Store.Sessions(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, s := range sessions {
		if s == nil {
			continue
		}
		if s.viewer = c; s.PersonID != c.ID && !c.HasRole(caller.Admin) {
			sessions[i] = nil
		}
	}
	return sessions, nil
}

type userFields struct{ *Resolvers }

// User resolves the fields of people that this domain knows.
func (r *Resolvers) User() userFields { return userFields{r} }

// Roles reads, in one go, the roles of those whose roles the caller may see.
func (f userFields) Roles(ctx context.Context, users []*User) ([][]Role, error) {
	return batch.Each(ctx, users, func(users []*User) ([][]Role, error) {
		c, _ := caller.From(ctx)
		var ids []string
		for _, u := range users {
			if u.shown || u.ID == c.ID || c.HasRole(caller.Admin) {
				ids = append(ids, u.ID)
			}
		}
		roles := make([][]Role, len(users))
		if len(ids) == 0 {
			return roles, nil
		}
		found, err := f.Store.Roles(ctx, ids)
		for i, u := range users {
			roles[i] = found[u.ID]
		}
		return roles, err
	})
}
