package auth

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// erase forgets a person: their password, roles, sessions, tokens and mails.
// Their access tokens end at once.
func (r *Resolvers) erase(ctx context.Context, tx pgx.Tx, person string) error {
	ended, err := endSessions(ctx, tx, r.Now(), `person_id = $3`, person)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM password_mails WHERE person_id = $1`,
		`DELETE FROM credentials WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	events.AfterCommit(ctx, func(ctx context.Context) { r.Revoker.Revoke(ctx, ended) })
	return nil
}
