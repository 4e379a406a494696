package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

const pushColumns = `s.id, s.person_id, s.endpoint, s.p256dh, s.auth, s.user_agent, s.created_at, s.expires_at`

func scanPush(row pgx.CollectableRow) (*PushSubscription, error) {
	var s PushSubscription
	return &s, row.Scan(&s.ID, &s.PersonID, &s.Endpoint, &s.P256dh, &s.Auth, &s.UserAgent, &s.CreatedAt, &s.ExpiresAt)
}

// Devices reads the devices of a person that get push messages.
func (s *Store) Devices(ctx context.Context, person string, now time.Time) ([]*PushSubscription, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+pushColumns+` FROM push_subscriptions s
		WHERE s.person_id = $1 AND (s.expires_at IS NULL OR s.expires_at > $2) ORDER BY s.id`, person, now)
	if err != nil {
		return nil, fmt.Errorf("read devices of %s: %w", person, err)
	}
	return pgx.CollectRows(rows, scanPush)
}

// Device reads a device, nil if it is not registered any more.
func (s *Store) Device(ctx context.Context, id string) (*PushSubscription, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+pushColumns+` FROM push_subscriptions s WHERE s.id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read device %s: %w", id, err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanPush)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read device %s: %w", id, err)
	}
	return d, nil
}

var newestDevice = postgres.Order{Columns: []string{"s.id::uuid"}, Descending: true}

// DeviceList reads a page of the person's devices, newest first.
func (s *Store) DeviceList(ctx context.Context, person string, w page.Window) ([]*PushSubscription, error) {
	where, by, limit, args := newestDevice.Window(w, []any{person})
	rows, err := s.pool.Query(ctx, `SELECT `+pushColumns+` FROM push_subscriptions s WHERE s.person_id = $1 AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read devices of %s: %w", person, err)
	}
	return pgx.CollectRows(rows, scanPush)
}

// CountDevices counts the person's devices.
func (s *Store) CountDevices(ctx context.Context, person string) (n int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM push_subscriptions WHERE person_id = $1`, person).Scan(&n); err != nil {
		return 0, fmt.Errorf("count devices of %s: %w", person, err)
	}
	return n, nil
}

// devicesMost is how many devices a person has: the oldest make room.
const devicesMost = 20

// Register keeps a device, once for each endpoint.
func (s *Store) Register(ctx context.Context, d *PushSubscription) (kept *PushSubscription, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		if err := lockPerson(ctx, tx, d.PersonID); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `INSERT INTO push_subscriptions AS s (id, person_id, endpoint, p256dh, auth, user_agent, created_at, expires_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8 FROM people WHERE id = $2 AND NOT gone
			ON CONFLICT (endpoint) DO UPDATE SET person_id = $2, p256dh = $4, auth = $5, user_agent = $6, expires_at = $8,
				id = CASE WHEN s.person_id = $2 THEN s.id ELSE $1 END, created_at = CASE WHEN s.person_id = $2 THEN s.created_at ELSE $7 END
			RETURNING `+pushColumns, d.ID, d.PersonID, d.Endpoint, d.P256dh, d.Auth, d.UserAgent, d.CreatedAt, d.ExpiresAt)
		if err != nil {
			return fmt.Errorf("keep device: %w", err)
		}
		kept, err = pgx.CollectExactlyOneRow(rows, scanPush)
		if errors.Is(err, pgx.ErrNoRows) {
			return noPerson(d.PersonID)
		}
		if err != nil {
			return fmt.Errorf("keep device: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM push_subscriptions WHERE person_id = $1 AND id IN (
			SELECT id FROM push_subscriptions WHERE person_id = $1 AND id <> $3 ORDER BY id DESC OFFSET $2)`, d.PersonID, devicesMost-1, kept.ID)
		if err != nil {
			return fmt.Errorf("keep device: %w", err)
		}
		return nil
	})
	return kept, err
}

// Unregister forgets a device of the person.
func (s *Store) Unregister(ctx context.Context, person, endpoint string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM push_subscriptions WHERE person_id = $1 AND endpoint = $2`, person, endpoint); err != nil {
		return fmt.Errorf("forget device: %w", err)
	}
	return nil
}

func noPerson(id string) error { return fault.New(fault.NotFound, "There is no user %q any more.", id) }

// UnsubscribeToken gives the token that ends mails of the delivery's kind
// for whom it is for: the one that is kept, or else the fresh one.
func (s *Store) UnsubscribeToken(ctx context.Context, d *Delivery, fresh string, now time.Time) (token string, err error) {
	err = s.pool.QueryRow(ctx, `INSERT INTO unsubscribe_links AS l (token, person_id, address, kind, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (person_id, address, kind) DO UPDATE SET address = l.address RETURNING token`,
		fresh, d.PersonID, d.Address, d.kind(), now).Scan(&token)
	if err != nil {
		return "", fmt.Errorf("keep unsubscribe link: %w", err)
	}
	return token, nil
}

// Unsubscription reads what a link would end, nil if it is not known.
func (s *Store) Unsubscription(ctx context.Context, token string) (*Ended, error) {
	return readEnded(ctx, s.pool, `SELECT person_id, address, kind FROM unsubscribe_links WHERE token = $1`, token)
}

func readEnded(ctx context.Context, q querier, statement string, args ...any) (*Ended, error) {
	rows, err := q.Query(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("read unsubscribe link: %w", err)
	}
	ended, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[Ended])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read unsubscribe link: %w", err)
	}
	return ended, nil
}

// Unsubscribe ends what the link stands for, nil if it is not known. A person's
// own settings say so then, and can say otherwise again.
func (s *Store) Unsubscribe(ctx context.Context, token string, now time.Time) (ended *Ended, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		ended, err = readEnded(ctx, tx, `UPDATE unsubscribe_links SET used_at = coalesce(used_at, $2) WHERE token = $1 RETURNING person_id, address, kind`, token, now)
		if err != nil || ended == nil || ended.PersonID == nil {
			return err
		}
		_, err = changeSettings(ctx, tx, *ended.PersonID, func(s *Settings) error {
			ended.End(s)
			return nil
		})
		return err
	})
	return ended, err
}

// Key reads a key that the service made for itself, or keeps the fresh one.
func (s *Store) Key(ctx context.Context, name, fresh string) (value string, err error) {
	err = s.pool.QueryRow(ctx, `INSERT INTO keys (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = keys.value RETURNING value`, name, fresh).Scan(&value)
	if err != nil {
		return "", fmt.Errorf("read key %s: %w", name, err)
	}
	return value, nil
}
