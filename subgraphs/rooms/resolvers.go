package rooms

import (
	"context"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/page"
)

// askedAtOnce is how many rooms may be asked for by their ids.
const askedAtOnce = 1000

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Room(ctx context.Context, id string) (*Room, error) {
	rooms, err := q.RoomsByIds(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return rooms[0], nil
}

func (q query) RoomsByIds(ctx context.Context, ids []string) ([]*Room, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	if len(ids) > askedAtOnce {
		return nil, fault.Field("ids", "Ask for at most %d rooms at once; these were %d.", askedAtOnce, len(ids))
	}
	return q.Store.Rooms(ctx, c.Person(), ids)
}

func (q query) Rooms(ctx context.Context, filter *RoomFilter, first *int, after *string, last *int, before *string) (*RoomConnection, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.ID)
	if err != nil {
		return nil, err
	}
	if filter == nil {
		filter = &RoomFilter{}
	}
	if filter.Title != nil && !page.Text(*filter.Title) {
		return nil, fault.Field("filter.title", "A title is text without control characters.")
	}
	rooms, err := q.Store.List(ctx, c.Person(), *filter, w)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) (int, error) { return q.Store.Count(ctx, c.Person(), *filter) }
	return &RoomConnection{page.Of[RoomEdge](w, rooms, keyOfRoom, count)}, nil
}

func (q query) Invitations(ctx context.Context, first *int, after *string, last *int, before *string) (*InvitationConnection, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Time, page.ID)
	if err != nil {
		return nil, err
	}
	invitations, err := q.Store.Invitations(ctx, c.ID, w)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountInvitations(ctx, c.ID) }
	return &InvitationConnection{page.Of[InvitationEdge](w, invitations, keyOfInvitation, count)}, nil
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyRoomByIDs(ctx context.Context, keys []*RoomByIDsInput) ([]*Room, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return e.Store.Rooms(ctx, c.Person(), ids)
}

type roomFields struct{ *Resolvers }

// Room resolves the fields of rooms that take reading.
func (r *Resolvers) Room() roomFields { return roomFields{r} }

func (f roomFields) Participants(ctx context.Context, rooms []*Room, first *int, after *string, last *int, before *string) ([]*ParticipantConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Time, page.ID)
	if err != nil {
		return nil, err
	}
	return batch.Each(ctx, rooms, func(rooms []*Room) ([]*ParticipantConnection, error) {
		return f.participants(ctx, rooms, w)
	})
}

// participants reads a page for each room whose people the viewer may see. The
// lists are counted together, by whichever is asked for its length first.
func (f roomFields) participants(ctx context.Context, rooms []*Room, w page.Window) ([]*ParticipantConnection, error) {
	var ids []string
	for _, room := range rooms {
		if room.showsPeople() {
			ids = append(ids, room.ID)
		}
	}
	people, err := f.Store.Participants(ctx, ids, w)
	if err != nil {
		return nil, err
	}
	counted := batch.Count(func(ctx context.Context) (map[string]int, error) { return f.Store.CountParticipants(ctx, ids) })
	connections := make([]*ParticipantConnection, len(rooms))
	next := 0
	for i, room := range rooms {
		var rows []*Participant
		if room.showsPeople() {
			rows = people[next]
			next++
		}
		connections[i] = &ParticipantConnection{page.Of[ParticipantEdge](w, rows, keyOfParticipant, counted(room.ID))}
	}
	return connections, nil
}

type invitationFields struct{ *Resolvers }

// Invitation resolves the fields of invitations that take reading.
func (r *Resolvers) Invitation() invitationFields { return invitationFields{r} }

func (f invitationFields) Room(ctx context.Context, invitations []*Invitation) ([]*Room, error) {
	return batch.Each(ctx, invitations, func(invitations []*Invitation) ([]*Room, error) {
		ids := make([]string, len(invitations))
		for i, invitation := range invitations {
			ids[i] = invitation.RoomID
		}
		return f.Store.Rooms(ctx, caller.ID(ctx), ids)
	})
}
