package presence

import (
	"context"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/membership"
	"heddle/internal/page"
)

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

// FindManyRoomByIDs reads nothing: whether there is such a room is not for this
// domain to say.
func (e entity) FindManyRoomByIDs(_ context.Context, keys []*RoomByIDsInput) ([]*Room, error) {
	rooms := make([]*Room, len(keys))
	for i, key := range keys {
		rooms[i] = &Room{ID: key.ID}
	}
	batch.Join(rooms)
	return rooms, nil
}

// FindManyUserByIDs reads nothing: whether there is such a person is not for
// this domain to say.
func (e entity) FindManyUserByIDs(_ context.Context, keys []*UserByIDsInput) ([]*User, error) {
	users := make([]*User, len(keys))
	for i, key := range keys {
		users[i] = &User{ID: key.ID}
	}
	batch.Join(users)
	return users, nil
}

type roomFields struct{ *Resolvers }

// Room resolves the fields of rooms that take reading.
func (r *Resolvers) Room() roomFields { return roomFields{r} }

func (f roomFields) Online(ctx context.Context, rooms []*Room, first *int, after *string, last *int, before *string) ([]*PresenceConnection, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Number, page.ID)
	if err != nil {
		return nil, err
	}
	return batch.Each(ctx, rooms, func(rooms []*Room) ([]*PresenceConnection, error) { return f.pages(ctx, rooms, w) })
}

// pages reads a page for each room that the caller is in, with one question to
// the graph and one to the store; the others have an error each.
func (f roomFields) pages(ctx context.Context, rooms []*Room, w page.Window) ([]*PresenceConnection, error) {
	ids := make([]string, len(rooms))
	for i, room := range rooms {
		ids[i] = room.ID
	}
	roles, err := membership.Roles(ctx, f.Graph, ids)
	if err != nil {
		return nil, err
	}
	errs := make(batch.Errors, len(rooms))
	var open []string
	for i, id := range ids {
		if errs[i] = membership.Check(roles, id); errs[i] == nil {
			open = append(open, id)
		}
	}
	states, err := f.Store.Rooms(ctx, open)
	if err != nil {
		return nil, away(err)
	}
	connections := make([]*PresenceConnection, len(rooms))
	next := 0
	for i := range rooms {
		if errs[i] == nil {
			connections[i] = connection(w, states[next].People)
			next++
		}
	}
	return connections, errs.Any()
}

type userFields struct{ *Resolvers }

// User resolves the fields of people that take reading.
func (r *Resolvers) User() userFields { return userFields{r} }

func (f userFields) Status(ctx context.Context, users []*User) ([]PresenceStatus, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	return batch.Each(ctx, users, func(users []*User) ([]PresenceStatus, error) {
		ids := make([]string, len(users))
		for i, user := range users {
			ids[i] = user.ID
		}
		online, err := f.Store.Online(ctx, ids, f.Now())
		if err != nil {
			return nil, away(err)
		}
		statuses := make([]PresenceStatus, len(users))
		for i := range users {
			statuses[i] = PresenceStatusOffline
			if online[i] {
				statuses[i] = PresenceStatusOnline
			}
		}
		return statuses, nil
	})
}
