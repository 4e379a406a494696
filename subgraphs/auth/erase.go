package auth

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"user.deleted": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return r.erase(ctx, tx, e.Entity) },
	}
}

// erase forgets a person: their password, roles, sessions, tokens and mails.
// Their access tokens end at once.
func (r *Resolvers) erase(ctx context.Context, tx pgx.Tx, person string) error {
	ended, err := endSessions(ctx, tx, r.Now(), `person_id = $3`, person)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM password_mails m USING credentials c WHERE c.id = $1 AND m.recipient = c.email`,
		`DELETE FROM credentials WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	if err := r.Revoker.list.Revoke(ctx, revokedLife, ended...); err != nil {
		return fmt.Errorf("revoke sessions of %s: %w", person, err)
	}
	return nil
}
