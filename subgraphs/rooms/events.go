package rooms

import (
	"context"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes.
var (
	roomDeleted = events.Declare[events.Nothing]("room.deleted", 1,
		"A room is gone, by its owner's wish or because the last participant has left. The entity is the room.")
	roomInvited = events.Declare[RoomInvited]("room.invited", 1,
		"A person is invited to a room. The entity is the room.")
)

// RoomInvited is the data of room.invited.
type RoomInvited struct {
	RoomID    string `json:"roomId"`
	UserID    string `json:"userId"`    // who is invited
	InviterID string `json:"inviterId"` // by whom
}

// roomDeleted says that a room is gone.
func (r *Resolvers) roomDeleted(ctx context.Context, id string) (events.Event, error) {
	return roomDeleted.New(ctx, r.NewID(), r.Now(), id, events.Nothing{})
}

// roomInvited says that somebody is invited.
func (r *Resolvers) roomInvited(ctx context.Context, i Invitation) (events.Event, error) {
	return roomInvited.New(ctx, r.NewID(), r.Now(), i.RoomID, RoomInvited{RoomID: i.RoomID, UserID: i.UserID, InviterID: i.InviterID})
}

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers(store *postgresStore) map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.erase(ctx, tx, store, e.Entity) },
	}
}
