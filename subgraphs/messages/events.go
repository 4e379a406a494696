package messages

import (
	"context"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// The domain publishes no events: live readers hear of messages over Redis, and
// nobody else acts on them yet.

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.erase(ctx, tx, e.Entity) },
		"room.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return forget(ctx, tx, e.Entity) },
	}
}
