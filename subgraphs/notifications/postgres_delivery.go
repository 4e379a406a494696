package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

const deliveryColumns = `d.id, d.request_id, d.person_id, d.channel, d.address, d.push_id, d.category, d.template, d.version, d.locale, d.about,
	d.content, d.state, d.reason, d.created_at, d.expires_at, d.next_at, d.slot_at, d.tries, d.ended_at, d.provider_id`

func scanDelivery(row pgx.CollectableRow) (*Delivery, error) {
	var d Delivery
	return &d, row.Scan(&d.ID, &d.RequestID, &d.PersonID, &d.Channel, &d.Address, &d.PushID, &d.Category, &d.Template, &d.TemplateVersion, &d.Locale, &d.About,
		&d.Content, &d.State, &d.Reason, &d.CreatedAt, &d.ExpiresAt, &d.NextAt, &d.SlotAt, &d.Tries, &d.EndedAt, &d.ProviderID)
}

// Delivery reads a delivery, nil if there is none.
func (s *Store) Delivery(ctx context.Context, id string) (*Delivery, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", id, err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDelivery)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", id, err)
	}
	return d, nil
}

// Unwanted says why an address is not written to, if it is not: it bounced, or
// its owner ended such mails; empty if it is.
func (s *Store) Unwanted(ctx context.Context, d *Delivery) (reason string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT 'The address bounced: ' || reason FROM bounced WHERE channel = $1 AND address = $2
		UNION ALL
		SELECT 'The mails of this category were ended by the link in one of them.' FROM unsubscribe_links
		WHERE $1 = 'EMAIL'::channel AND address = $2 AND kind = $3 AND person_id IS NULL AND used_at IS NOT NULL
		LIMIT 1`, d.Channel, d.Address, d.kind()).Scan(&reason)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read whether %s is written to: %w", d.Address, err)
	}
	return reason, nil
}

// Slot gives a delivery its place under the rate limit of its channel, once: at
// most burst at a time, then one each so often.
func (s *Store) Slot(ctx context.Context, d *Delivery, r rate, now time.Time) error {
	if d.SlotAt != nil || r.every == 0 {
		return nil
	}
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		var next time.Time
		err := tx.QueryRow(ctx, `INSERT INTO rates (channel, next_at) VALUES ($1, $2::timestamptz + $3::interval)
			ON CONFLICT (channel) DO UPDATE SET next_at = greatest(rates.next_at, $2) + $3 RETURNING next_at`,
			d.Channel, now, r.every).Scan(&next)
		if err != nil {
			return fmt.Errorf("take a place under the rate limit: %w", err)
		}
		slot := next.Add(-time.Duration(r.burst) * r.every)
		if slot.Before(now) {
			slot = now
		}
		d.SlotAt = &slot
		_, err = tx.Exec(ctx, `UPDATE deliveries SET slot_at = $2 WHERE id = $1`, d.ID, slot)
		if err != nil {
			return fmt.Errorf("take a place under the rate limit: %w", err)
		}
		return nil
	})
}

// Postpone notes when a delivery that waits is looked at again.
func (s *Store) Postpone(ctx context.Context, id string, until time.Time, why string) error {
	_, err := s.pool.Exec(ctx, `UPDATE deliveries SET next_at = $2, reason = $3 WHERE id = $1 AND state = 'WAITING'`, id, until, why)
	if err != nil {
		return fmt.Errorf("postpone delivery %s: %w", id, err)
	}
	return nil
}

// Try records that a try begins, before the provider hears of it: a process that
// dies in between leaves a try of which it is not known how it ended. It is false
// if the delivery does not wait any more.
func (s *Store) Try(ctx context.Context, d *Delivery, provider string, now time.Time) (begun bool, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE deliveries SET tries = tries + 1, slot_at = NULL WHERE id = $1 AND state = 'WAITING' RETURNING tries`, d.ID).Scan(&d.Tries)
		if errors.Is(err, pgx.ErrNoRows) {
			begun = false
			return nil
		}
		if err != nil {
			return fmt.Errorf("begin to try delivery %s: %w", d.ID, err)
		}
		begun = true
		_, err = tx.Exec(ctx, `INSERT INTO attempts (delivery_id, number, provider, started_at) VALUES ($1, $2, $3, $4)`, d.ID, d.Tries, provider, now)
		if err != nil {
			return fmt.Errorf("begin to try delivery %s: %w", d.ID, err)
		}
		return nil
	})
	return begun, err
}

// Tried records how a try ended, and what becomes of the delivery.
func (s *Store) Tried(ctx context.Context, d *Delivery, o Outcome, now time.Time) (next *time.Time, err error) {
	state, reason, next := d.After(o, now)
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE attempts SET ended_at = $3, outcome = $4, code = nullif($5, 0), answer = nullif($6, '') WHERE delivery_id = $1 AND number = $2`,
			d.ID, d.Tries, now, o.Result, o.Code, cut(o.Answer))
		if err != nil {
			return fmt.Errorf("record try %d of delivery %s: %w", d.Tries, d.ID, err)
		}
		if o.Bounced {
			if err := s.bounce(ctx, tx, d, cut(o.Answer), now); err != nil {
				return err
			}
		}
		_, err = s.conclude(ctx, tx, d.ID, state, reason, o.ProviderID, next, now)
		return err
	})
	return next, err
}

// Conclude ends a delivery that is not sent, with the reason.
func (s *Store) Conclude(ctx context.Context, id string, state DeliveryState, reason string, now time.Time) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := s.conclude(ctx, tx, id, state, reason, "", nil, now)
		return err
	})
}

// conclude moves a delivery that waits into a state, and says whether it did.
// When it has ended its content is erased.
func (s *Store) conclude(ctx context.Context, tx pgx.Tx, id string, state DeliveryState, reason, provider string, next *time.Time, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE deliveries SET state = $2, reason = nullif($3, ''), provider_id = nullif($4, ''), next_at = $5,
			ended_at = CASE WHEN $2 = 'WAITING'::delivery_state THEN NULL ELSE $6::timestamptz END,
			content = CASE WHEN $2 = 'WAITING'::delivery_state THEN content END
		WHERE id = $1 AND state IN ('WAITING', 'COLLECTED')`, id, state, reason, provider, next, now)
	if err != nil {
		return false, fmt.Errorf("record delivery %s: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// bounce notes that there is nobody at an address. A device that is gone is
// forgotten instead.
func (s *Store) bounce(ctx context.Context, tx pgx.Tx, d *Delivery, why string, now time.Time) (err error) {
	if d.Channel == NotificationChannelPush {
		_, err = tx.Exec(ctx, `DELETE FROM push_subscriptions WHERE id = $1`, d.PushID)
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO bounced (channel, address, person_id, reason, since) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (channel, address) DO NOTHING`,
			d.Channel, d.Address, d.PersonID, why, now)
	}
	if err != nil {
		return fmt.Errorf("note that %s bounced: %w", d.Address, err)
	}
	return nil
}
