package notifications

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Settings reads how a person wants to be told things: the defaults, if they
// have not said.
func (s *Store) Settings(ctx context.Context, person string) (*Settings, error) {
	return readSettings(ctx, s.pool, person)
}

func readSettings(ctx context.Context, q querier, person string) (*Settings, error) {
	rows, err := q.Query(ctx, `
		SELECT p.gone, p.time_zone, coalesce(p.quiet_from, 0), coalesce(p.quiet_to, 0), p.digest_weekly, p.digest_at, coalesce(p.phone, ''),
			m.category::text, m.channel::text, m.mode::text
		FROM people p LEFT JOIN modes m ON m.person_id = p.id WHERE p.id = $1`, person)
	if err != nil {
		return nil, fmt.Errorf("read settings of %s: %w", person, err)
	}
	settings := defaultSettings(person)
	var category, channel, mode *string
	_, err = pgx.ForEachRow(rows, []any{
		&settings.Gone, &settings.zone, &settings.Quiet.From, &settings.Quiet.To, &settings.Rhythm.Weekly, &settings.Rhythm.At, &settings.phone,
		&category, &channel, &mode,
	}, func() error {
		if mode != nil {
			settings.modes[wayOf{NotificationCategory(*category), NotificationChannel(*channel)}] = DeliveryMode(*mode)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read settings of %s: %w", person, err)
	}
	return settings, nil
}

// ChangeSettings applies the rule to a person's settings, one after the other.
func (s *Store) ChangeSettings(ctx context.Context, person string, rule func(*Settings) error) (settings *Settings, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		settings, err = changeSettings(ctx, tx, person, rule)
		return err
	})
	return settings, err
}

func changeSettings(ctx context.Context, tx pgx.Tx, person string, rule func(*Settings) error) (*Settings, error) {
	if err := lockPerson(ctx, tx, person); err != nil {
		return nil, err
	}
	settings, err := readSettings(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	if settings.Gone {
		return nil, noPerson(person)
	}
	if err := rule(settings); err != nil {
		return nil, err
	}
	changes := &pgx.Batch{}
	changes.Queue(`UPDATE people SET time_zone = $2, quiet_from = $3, quiet_to = $4, digest_weekly = $5, digest_at = $6, phone = nullif($7, '') WHERE id = $1`,
		person, settings.zone, settings.Quiet.From, settings.Quiet.To, settings.Rhythm.Weekly, settings.Rhythm.At, settings.phone)
	for way, mode := range settings.modes {
		changes.Queue(`INSERT INTO modes (person_id, category, channel, mode) VALUES ($1, $2, $3, $4)
			ON CONFLICT (person_id, category, channel) DO UPDATE SET mode = excluded.mode`, person, way.Category, way.Channel, mode)
	}
	if err := tx.SendBatch(ctx, changes).Close(); err != nil {
		return nil, fmt.Errorf("save settings of %s: %w", person, err)
	}
	return settings, nil
}

// lockPerson takes the person's row, which it makes if there is none, so that
// what is done for a person and their end come one after the other.
func lockPerson(ctx context.Context, tx pgx.Tx, person string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO people (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET last = people.last`, person); err != nil {
		return fmt.Errorf("lock person %s: %w", person, err)
	}
	return nil
}
