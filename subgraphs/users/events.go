package users

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What the domain publishes.
var userDeleted = events.Declare[events.Nothing]("user.deleted", 1,
	"A person has deleted their account. The entity is the person; every domain erases what it knows of them.")

// userDeleted says that a person is gone.
func (r *Resolvers) userDeleted(ctx context.Context, id string) (events.Event, error) {
	return userDeleted.New(ctx, r.NewID(), r.Now(), id, events.Nothing{})
}

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"signup.abandoned": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return forget(ctx, tx, e.Entity) },
	}
}

// forget deletes the record of somebody who never came to be: nobody could sign
// in as them. A record that is still on its way finds its id taken.
func forget(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `WITH gone AS (DELETE FROM users WHERE id = $1) INSERT INTO deleted_users (id) VALUES ($1) ON CONFLICT DO NOTHING`, id)
	if err != nil {
		return fmt.Errorf("forget user %s: %w", id, err)
	}
	return nil
}
