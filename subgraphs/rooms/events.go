package rooms

import (
	"context"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes:
//
//	room.deleted  entity: the room; no data. Also when the last participant has left.

// roomDeleted says that a room is gone.
func (r *Resolvers) roomDeleted(ctx context.Context, id string) (events.Event, error) {
	return events.New(ctx, r.NewID(), "room.deleted", r.Now(), id, struct{}{})
}

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers(store *postgresStore) map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.erase(ctx, tx, store, e.Entity) },
	}
}
