package users

import (
	"context"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) User(ctx context.Context, id, username *string) (*User, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	if (id == nil) == (username == nil) {
		return nil, fault.Field("id", `Give either "id" or "username".`)
	}
	if id == nil {
		u, err := q.Store.Named(ctx, *username)
		return shown(c, u), err
	}
	found, err := q.Store.Users(ctx, []string{*id})
	if err != nil {
		return nil, err
	}
	return shown(c, found[0]), nil
}

func (q query) SearchUsers(ctx context.Context, text string, first *int, after *string, last *int, before *string) (*UserConnection, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(tier, page.Text)
	if err != nil {
		return nil, err
	}
	if text, err = searched(text); err != nil {
		return nil, err
	}
	found, err := q.Store.Search(ctx, text, w)
	if err != nil {
		return nil, err
	}
	for _, u := range found {
		shown(c, u)
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountMatches(ctx, text) }
	return &UserConnection{page.Of[UserEdge](w, found, keyOfMatch(text), count)}, nil
}

// shown lets the caller see of the person what they may.
func shown(c caller.Caller, u *User) *User {
	if u != nil {
		u.viewer = c
	}
	return u
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

// FindManyUserByIDs answers everybody who knows an id: somebody who has just
// signed up reads their own name in the reply, before they have a token.
func (e entity) FindManyUserByIDs(ctx context.Context, keys []*UserByIDsInput) ([]*User, error) {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	found, err := e.Store.Users(ctx, ids)
	c, _ := caller.From(ctx)
	for _, u := range found {
		shown(c, u)
	}
	return found, err
}
