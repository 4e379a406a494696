package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
	"heddle/internal/postgres"
)

// sweepEvery is the time between two sweeps.
const sweepEvery = 10 * time.Minute

// sweeping throws away what is of no more use, again and again.
func (r *Resolvers) sweeping(ctx context.Context) error {
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		if err := r.Store.Sweep(ctx, r.Now()); err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "old things were not thrown away; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

// sweeps are the statements that throw away, each with the age of what goes.
var sweeps = []struct {
	what      string
	statement string
	age       time.Duration
}{
	{"reset tokens", `DELETE FROM password_resets WHERE expires_at < $1`, 0},
	{"mails", `DELETE FROM password_mails WHERE created_at < $1`, resetLife},
	{"sessions that ran out", `DELETE FROM sessions WHERE expires_at < $1`, revokedLife},
	{"sessions that ended", `DELETE FROM sessions WHERE ended_at < $1`, revokedLife},
	{"refresh tokens used long ago", `DELETE FROM refresh_tokens WHERE used_at < $1`, sessionIdle},
	{"revocations", `DELETE FROM revocations WHERE until < $1`, 0},
	{"signing keys whose tokens have all expired", `DELETE FROM signing_keys k
		WHERE EXISTS (SELECT FROM signing_keys n WHERE n.signs_from > k.signs_from AND n.signs_from < $1)`, accessLife + 2*keyLead},
}

func (s *postgresStore) Sweep(ctx context.Context, now time.Time) error {
	for _, sweep := range sweeps {
		if _, err := s.pool.Exec(ctx, sweep.statement, now.Add(-sweep.age)); err != nil {
			return fmt.Errorf("throw away %s: %w", sweep.what, err)
		}
	}
	return s.abandon(ctx, now)
}

// abandon gives up reservations that nobody took over. The person's record may
// have been made: who keeps it hears of it and deletes it.
func (s *postgresStore) abandon(ctx context.Context, now time.Time) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			DELETE FROM credentials WHERE activated_at IS NULL AND created_at < $1 AND (leased_until IS NULL OR leased_until < $2) RETURNING id`,
			now.Add(-abandonedAfter), now)
		if err != nil {
			return fmt.Errorf("abandon sign-ups: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("abandon sign-ups: %w", err)
		}
		for _, id := range ids {
			e, err := s.signUpAbandoned(ctx, id, now)
			if err != nil {
				return err
			}
			if err := events.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}
