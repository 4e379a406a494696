package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

// Collected reads what waits for the person's digest of the time, oldest first.
func (s *Store) Collected(ctx context.Context, person string, at time.Time) ([]*Delivery, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.person_id = $1 AND d.state = 'COLLECTED' AND d.next_at <= $2 ORDER BY d.id LIMIT 1000`, person, at)
	if err != nil {
		return nil, fmt.Errorf("read what is collected for %s: %w", person, err)
	}
	return pgx.CollectRows(rows, scanDelivery)
}

// Digested ends what was collected, as parts of the mail, which it queues; or
// without one, for the reason. Somebody else may have done so meanwhile: then
// nothing happens.
func (s *Store) Digested(ctx context.Context, collected []*Delivery, mail *Delivery, reason string, now time.Time) error {
	ids := make([]string, len(collected))
	for i, d := range collected {
		ids[i] = d.ID
	}
	state, into := DeliveryStateSuppressed, (*string)(nil)
	if mail != nil {
		state, into = DeliveryStateDigested, &mail.ID
	}
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, *collected[0].PersonID); err != nil { // before a second digest, and the person's end
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE deliveries SET state = $2, digest_id = $3, reason = nullif($4, ''), content = NULL, next_at = NULL, ended_at = $5
			WHERE id = ANY($1) AND state = 'COLLECTED'`, ids, state, into, reason, now)
		if err != nil {
			return fmt.Errorf("end what was collected: %w", err)
		}
		if int(tag.RowsAffected()) != len(ids) {
			if tag.RowsAffected() == 0 {
				return nil
			}
			return fmt.Errorf("of %d things collected %d are left: others were ended meanwhile", len(ids), tag.RowsAffected())
		}
		if mail == nil {
			return nil
		}
		return s.enqueue(ctx, tx, []*Delivery{mail})
	})
}
