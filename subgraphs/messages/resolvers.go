package messages

import (
	"context"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/membership"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Message(ctx context.Context, id string) (*Message, error) {
	messages, err := q.readable(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return messages[0], nil
}

// readable reads messages by their ids: nil for those that the caller may not
// read, as for those that are not there.
func (r *Resolvers) readable(ctx context.Context, ids []string) ([]*Message, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	messages, err := r.Store.Messages(ctx, ids)
	if err != nil {
		return nil, err
	}
	var rooms []string
	for _, m := range messages {
		if m != nil {
			rooms = append(rooms, m.RoomID)
		}
	}
	roles, err := membership.Roles(ctx, r.Graph, rooms)
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		if m != nil && roles[m.RoomID] == membership.None {
			messages[i] = nil
		}
	}
	return messages, nil
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyMessageByIDs(ctx context.Context, keys []*MessageByIDsInput) ([]*Message, error) {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return e.readable(ctx, ids)
}

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

type roomFields struct{ *Resolvers }

// Room resolves the fields of rooms that take reading.
func (r *Resolvers) Room() roomFields { return roomFields{r} }

func (f roomFields) Messages(ctx context.Context, rooms []*Room, first *int, after *string, last *int, before *string) ([]*MessageConnection, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.ID, page.Number)
	if err != nil {
		return nil, err
	}
	return batch.Each(ctx, rooms, func(rooms []*Room) ([]*MessageConnection, error) { return f.pages(ctx, rooms, w) })
}

// pages reads a page for each room that the caller is in, with one question to
// the graph and one to the store; the others have an error each. The lists are
// counted together, by whichever is asked for its length first.
func (f roomFields) pages(ctx context.Context, rooms []*Room, w page.Window) ([]*MessageConnection, error) {
	errs := make(batch.Errors, len(rooms))
	open, inner, err := f.open(ctx, rooms, w, errs)
	if err != nil {
		return nil, err
	}
	read, err := f.Store.Pages(ctx, open, inner)
	if err != nil {
		return nil, err
	}
	counted := batch.Count(func(ctx context.Context) (map[string]int, error) { return f.Store.Count(ctx, open) })
	connections := make([]*MessageConnection, len(rooms))
	next := 0
	for i, room := range rooms {
		if errs[i] != nil {
			continue
		}
		for _, m := range read[next] {
			m.room = room
		}
		connections[i] = &MessageConnection{page.Of[MessageEdge](w, read[next], keyOf, counted(room.ID))}
		next++
	}
	return connections, errs.Any()
}

// open gives the rooms whose messages may be read, and the window on each; the
// others' errors go into errs.
func (f roomFields) open(ctx context.Context, rooms []*Room, w page.Window, errs batch.Errors) (ids []string, inner page.Window, err error) {
	ids = make([]string, len(rooms))
	for i, room := range rooms {
		ids[i] = room.ID
	}
	roles, err := membership.Roles(ctx, f.Graph, ids)
	if err != nil {
		return nil, w, err
	}
	ids = ids[:0]
	for i, room := range rooms {
		window, outside := within(w, room.ID)
		closed := membership.Check(roles, room.ID)
		switch {
		case closed != nil:
			errs[i] = closed
		case outside != nil:
			errs[i] = outside
		default:
			ids, inner = append(ids, room.ID), window
		}
	}
	return ids, inner, nil
}
