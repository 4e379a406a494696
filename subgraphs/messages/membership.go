package messages

import (
	"context"
	"slices"

	"heddle/internal/fault"
)

// Role is what a person is in a room, in the words of the domain that knows.
type Role string

// The roles, and None for a person who is not in the room.
const (
	Owner     Role = "OWNER"
	Moderator Role = "MODERATOR"
	Member    Role = "MEMBER"
	None      Role = ""
)

// askedAtOnce is how many rooms the graph may be asked about in one question.
const askedAtOnce = 1000

// roles asks the graph, with the caller's own token, what the caller is in each
// of the rooms. A room that is not there is not in the answer.
func (r *Resolvers) roles(ctx context.Context, rooms []string) (map[string]Role, error) {
	distinct := slices.Clone(rooms)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	roles := make(map[string]Role, len(distinct))
	for ids := range slices.Chunk(distinct, askedAtOnce) {
		var answer struct {
			RoomsByIDs []*struct {
				ID         string
				ViewerRole Role
			}
		}
		err := r.Graph.Ask(ctx, `query($ids: [ID!]!) { roomsByIds(ids: $ids) { id viewerRole } }`, map[string]any{"ids": ids}, &answer)
		if err != nil {
			return nil, err
		}
		for _, room := range answer.RoomsByIDs {
			if room != nil {
				roles[room.ID] = room.ViewerRole
			}
		}
	}
	return roles, nil
}

// role asks what the caller is in one room, which must be there.
func (r *Resolvers) role(ctx context.Context, room string) (Role, error) {
	roles, err := r.roles(ctx, []string{room})
	if err != nil {
		return None, err
	}
	role, there := roles[room]
	if !there {
		return None, missingRoom(room)
	}
	return role, nil
}

// requireParticipant checks that the caller is in the room.
func (r *Resolvers) requireParticipant(ctx context.Context, room string) error {
	role, err := r.role(ctx, room)
	if err == nil && role == None {
		err = notYours(room)
	}
	return err
}

func missingRoom(id string) error { return fault.New(fault.NotFound, "There is no room %q.", id) }

func notYours(room string) error {
	return fault.New(fault.Forbidden, "Only participants read and write in room %q.", room)
}
