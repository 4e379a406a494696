package rooms

import (
	"context"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) CreateRoom(ctx context.Context, in CreateRoomInput) (*CreateRoomPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	room, err := NewRoom(m.NewID(), in.Title, in.Visibility, c.ID, m.Now())
	if err != nil {
		return nil, err
	}
	id, err := m.Store.Create(ctx, room, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	room, err = m.Query().Room(ctx, id)
	return &CreateRoomPayload{Room: room}, err
}

func (m mutation) UpdateRoom(ctx context.Context, in UpdateRoomInput) (*UpdateRoomPayload, error) {
	room, err := m.change(ctx, in.RoomID, "", func(r *Room, me string) error { return r.Edit(me, in.Title, in.Visibility) })
	return &UpdateRoomPayload{Room: room}, err
}

func (m mutation) DeleteRoom(ctx context.Context, in DeleteRoomInput) (*DeleteRoomPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.Store.Delete(ctx, in.RoomID, c.ID, func(r *Room) error { return r.Delete(c.ID) }); err != nil {
		return nil, err
	}
	m.tell(ctx, in.RoomID, Signal{Deleted: true})
	return &DeleteRoomPayload{DeletedRoomID: in.RoomID}, nil
}

func (m mutation) JoinRoom(ctx context.Context, in JoinRoomInput) (*JoinRoomPayload, error) {
	room, err := m.change(ctx, in.RoomID, "", func(r *Room, me string) error { return r.Join(me, m.Now()) })
	return &JoinRoomPayload{Room: room}, err
}

func (m mutation) LeaveRoom(ctx context.Context, in LeaveRoomInput) (*LeaveRoomPayload, error) {
	room, err := m.change(ctx, in.RoomID, "", func(r *Room, me string) error { return r.Leave(me) })
	if err != nil || len(room.Participants) == 0 {
		return &LeaveRoomPayload{}, err
	}
	return &LeaveRoomPayload{Room: room}, nil
}

func (m mutation) InviteToRoom(ctx context.Context, in InviteToRoomInput) (*InviteToRoomPayload, error) {
	if err := m.requireUser(ctx, in.UserID); err != nil {
		return nil, err
	}
	var invitation *Invitation
	_, err := m.change(ctx, in.RoomID, in.UserID, func(r *Room, me string) (err error) {
		invitation, err = r.Invite(me, in.UserID, m.Now())
		return err
	})
	return &InviteToRoomPayload{Invitation: invitation}, err
}

func (m mutation) DeclineInvitation(ctx context.Context, in DeclineInvitationInput) (*DeclineInvitationPayload, error) {
	_, err := m.change(ctx, in.RoomID, "", func(r *Room, me string) error { return r.Decline(me) })
	return &DeclineInvitationPayload{DeclinedRoomID: in.RoomID}, err
}

func (m mutation) ChangeParticipantRole(ctx context.Context, in ChangeParticipantRoleInput) (*ChangeParticipantRolePayload, error) {
	room, err := m.change(ctx, in.RoomID, in.UserID, func(r *Room, me string) error { return r.ChangeRole(me, in.UserID, in.Role) })
	return &ChangeParticipantRolePayload{Room: room}, err
}

func (m mutation) RemoveParticipant(ctx context.Context, in RemoveParticipantInput) (*RemoveParticipantPayload, error) {
	room, err := m.change(ctx, in.RoomID, in.UserID, func(r *Room, me string) error { return r.Remove(me, in.UserID) })
	return &RemoveParticipantPayload{Room: room}, err
}

// change applies a rule to a room on behalf of the caller, with the other
// person that it is about, if any, and tells everybody who watches the room.
func (m mutation) change(ctx context.Context, id, other string, rule func(r *Room, me string) error) (*Room, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	people := []string{c.ID}
	if other != "" {
		people = append(people, other)
	}
	room, err := m.Store.Change(ctx, id, people, func(r *Room) error { return rule(r, c.ID) })
	if err != nil {
		return nil, err
	}
	m.tell(ctx, id, room.signal())
	room.viewer = room.role(c.ID)
	return room, nil
}

// requireUser asks the graph whether there is such a person.
func (m mutation) requireUser(ctx context.Context, id string) error {
	var found struct{ User *struct{ ID string } }
	err := m.Graph.Ask(ctx, `query($id: ID!) { user(id: $id) { id } }`, map[string]any{"id": id}, &found)
	if err != nil {
		return err
	}
	if found.User == nil {
		return fault.New(fault.NotFound, "There is no user %q.", id).With("field", "userId")
	}
	return nil
}
