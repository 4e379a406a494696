package auth

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes.
var (
	signUpAbandoned = events.Declare[events.Nothing]("signup.abandoned", 1,
		"A sign-up did not come to its end. The entity is the id that the person would have had, which nobody will have.")
	passwordChanged = events.Declare[events.Nothing]("password.changed", 1,
		"A person has a new password: tokens to set one are of no more use. The entity is the person.")
)

// signUpAbandoned says that nobody will be the person with the id.
func (s *postgresStore) signUpAbandoned(ctx context.Context, id string, now time.Time) (events.Event, error) {
	return signUpAbandoned.New(ctx, s.newID(), now, id, events.Nothing{})
}

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.erase(ctx, tx, e.Entity) },
	}
}
