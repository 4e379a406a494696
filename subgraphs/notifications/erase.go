package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// erasePerson erases what is kept of a person: what they were told, what is on
// its way to them and what has been, their devices and settings, and what others
// were told about them. Only the id stays, so that nothing is kept afterwards
// that was being worked on.
func erasePerson(ctx context.Context, tx pgx.Tx, person string) error {
	if err := lockPerson(ctx, tx, person); err != nil { // before anything that is being planned for them
		return err
	}
	for _, statement := range []string{
		`UPDATE people SET gone = true, time_zone = 'UTC', quiet_from = NULL, quiet_to = NULL, digest_weekly = false, digest_at = 480, phone = NULL WHERE id = $1`,
		`DELETE FROM modes WHERE person_id = $1`,
		`DELETE FROM push_subscriptions WHERE person_id = $1`,
		`DELETE FROM unsubscribe_links WHERE person_id = $1`,
		`DELETE FROM bounced WHERE person_id = $1`,
		`DELETE FROM mailbox WHERE person_id = $1`,
		`DELETE FROM deliveries WHERE person_id = $1`,
		`DELETE FROM notifications WHERE person_id = $1`,
		`DELETE FROM requests WHERE person_id = $1`,
		`UPDATE template_versions SET created_by = NULL WHERE created_by = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	return eraseAbout(ctx, tx, person)
}

// eraseAbout erases what anybody was told, or is to be told, about a thing.
func eraseAbout(ctx context.Context, tx pgx.Tx, id string) error {
	for _, statement := range []string{
		`DELETE FROM mailbox WHERE about @> ARRAY[$1::uuid]`,
		`DELETE FROM deliveries WHERE about @> ARRAY[$1::uuid]`,
		`DELETE FROM notifications WHERE about @> ARRAY[$1::uuid]`,
		`DELETE FROM requests WHERE about @> ARRAY[$1::uuid]`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return fmt.Errorf("erase what is about %s: %w", id, err)
		}
	}
	return nil
}

// eraseResets takes back the mails with which a person could have set a new
// password: they have one.
func eraseResets(ctx context.Context, tx pgx.Tx, person string) error {
	for _, statement := range []string{
		`DELETE FROM mailbox WHERE person_id = $1 AND template = $2`,
		`UPDATE deliveries SET state = 'SUPPRESSED', reason = 'The person has a new password already.', content = NULL, next_at = NULL, ended_at = now()
			WHERE person_id = $1 AND template = $2 AND state = 'WAITING'`,
		`UPDATE requests SET planned_at = now(), dropped = 'The person has a new password already.', variables = '{}'
			WHERE person_id = $1 AND template = $2 AND planned_at IS NULL`,
	} {
		if _, err := tx.Exec(ctx, statement, person, templatePasswordReset); err != nil {
			return fmt.Errorf("take back the password mails of %s: %w", person, err)
		}
	}
	return nil
}

// historyKept is how long it is known what was sent.
const historyKept = 90 * 24 * time.Hour

// sweeps throw away what is of no more use.
var sweeps = []struct {
	what, statement string
	age             time.Duration
}{
	{"mails that nobody needs any more", `DELETE FROM mailbox WHERE expires_at < $1`, 0},
	{"old mails", `DELETE FROM mailbox WHERE created_at < $1`, historyKept},
	{"old deliveries", `DELETE FROM deliveries WHERE ended_at < $1`, historyKept},
	{"old requests", `DELETE FROM requests r WHERE r.planned_at < $1 AND NOT EXISTS (SELECT FROM deliveries d WHERE d.request_id = r.id)`, historyKept},
	{"devices whose time is over", `DELETE FROM push_subscriptions WHERE expires_at < $1`, 0},
}

// Sweep throws away what is of no more use.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, sweep := range sweeps {
		if _, err := s.pool.Exec(ctx, sweep.statement, now.Add(-sweep.age)); err != nil {
			return fmt.Errorf("throw away %s: %w", sweep.what, err)
		}
	}
	return nil
}
