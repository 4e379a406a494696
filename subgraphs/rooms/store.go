package rooms

import (
	"context"

	"heddle/internal/page"
)

// Store keeps the rooms. What is read for many is given in the order of the
// keys, nil for what is missing.
type Store interface {
	// Rooms reads rooms by their ids, as the viewer sees them.
	Rooms(ctx context.Context, viewer string, ids []string) ([]*Room, error)
	// List reads a page of rooms, newest first.
	List(ctx context.Context, viewer string, filter RoomFilter, w page.Window) ([]*Room, error)
	Count(ctx context.Context, viewer string, filter RoomFilter) (int, error)
	// Participants reads a page of the people of each room, in the order in which they joined.
	Participants(ctx context.Context, rooms []string, w page.Window) ([][]*Participant, error)
	CountParticipants(ctx context.Context, rooms []string) (map[string]int, error)
	// Invitations reads a page of the person's invitations, newest first.
	Invitations(ctx context.Context, user string, w page.Window) ([]*Invitation, error)
	CountInvitations(ctx context.Context, user string) (int, error)

	// Create keeps a new room. The same idempotency key gives the room that the first call made.
	Create(ctx context.Context, room *Room, key *string) (id string, err error)
	// Change reads a room with the people that the rule is about, applies the
	// rule, and keeps what it changed, all in one transaction that nobody else's
	// change of the room can cross. A room that was left by everybody is deleted.
	Change(ctx context.Context, id string, people []string, rule func(*Room) error) (*Room, error)
	// Delete deletes a room if the rule agrees.
	Delete(ctx context.Context, id, by string, rule func(*Room) error) error
}
