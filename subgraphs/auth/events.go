package auth

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes:
//
//	signup.abandoned  entity: the id that a sign-up had, which did not come to its end; no data.

// signUpAbandoned says that nobody will be the person with the id.
func (s *postgresStore) signUpAbandoned(ctx context.Context, id string, now time.Time) (events.Event, error) {
	return events.New(ctx, s.newID(), "signup.abandoned", now, id, struct{}{})
}

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.erase(ctx, tx, e.Entity) },
	}
}
