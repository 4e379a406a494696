package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

// Ask puts the request into the queue, once for each idempotency key, and returns
// its id.
func (s *Store) Ask(ctx context.Context, r *Request, once postgres.Request) (id string, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		id, _, err = postgres.Once(ctx, tx, once, func() (string, error) { return r.ID, s.ask(ctx, tx, r) })
		return err
	})
	return id, err
}

// ask puts the request into the queue, unless its source has put one there.
func (s *Store) ask(ctx context.Context, tx pgx.Tx, r *Request) error {
	tag, err := tx.Exec(ctx, `INSERT INTO requests (id, source, person_id, channel, address, template, version, category, variables, lookups,
			locale, link, about, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (source) DO NOTHING`,
		r.ID, r.Source, r.PersonID, r.Channel, r.Address, r.Template, r.Version, r.Category, r.Variables, r.Lookups,
		r.Locale, r.Link, r.About, r.CreatedAt, r.ExpiresAt)
	if err != nil {
		return fmt.Errorf("queue request: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return s.jobs.Plan(ctx, tx, r.ID)
}

// Request reads a request that is not planned yet, nil if there is none.
func (s *Store) Request(ctx context.Context, id string) (*Request, error) {
	r := Request{ID: id}
	err := s.pool.QueryRow(ctx, `SELECT person_id, channel, address, template, version, category, variables, lookups, locale, link, about, created_at, expires_at
		FROM requests WHERE id = $1 AND planned_at IS NULL`, id).
		Scan(&r.PersonID, &r.Channel, &r.Address, &r.Template, &r.Version, &r.Category, &r.Variables, &r.Lookups, &r.Locale, &r.Link, &r.About, &r.CreatedAt, &r.ExpiresAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read request %s: %w", id, err)
	}
	return &r, nil
}

// Planned keeps what came of a request, once: what the person is told in the
// app, and what goes out. What was asked for is erased.
func (s *Store) Planned(ctx context.Context, r *Request, p plan, now time.Time) (told bool, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		told = false
		if r.PersonID != nil {
			if err := lockPerson(ctx, tx, *r.PersonID); err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, `UPDATE requests SET planned_at = $2, dropped = nullif($3, ''), variables = '{}', lookups = '{}'
			WHERE id = $1 AND planned_at IS NULL`, r.ID, now, p.dropped)
		if err != nil {
			return fmt.Errorf("plan request %s: %w", r.ID, err)
		}
		if tag.RowsAffected() == 0 {
			return nil // it was planned meanwhile, or is erased
		}
		if p.notification != nil {
			if err := tell(ctx, tx, p.notification); err != nil {
				return err
			}
			told = true
		}
		return s.enqueue(ctx, tx, p.deliveries)
	})
	return told, err
}

// tell keeps what a person is told in the app, under their next number.
func tell(ctx context.Context, tx pgx.Tx, n *Notification) error {
	err := tx.QueryRow(ctx, `
		WITH person AS (UPDATE people SET last = last + 1 WHERE id = $2 AND NOT gone RETURNING last)
		INSERT INTO notifications (id, person_id, number, category, template, title, text, link, about, created_at)
		SELECT $1, $2, last, $3, $4, $5, $6, $7, $8, $9 FROM person RETURNING number`,
		n.ID, n.PersonID, n.Category, n.Template, n.Title, n.Text, n.Link, n.about, n.CreatedAt).Scan(&n.Number)
	if err != nil {
		return fmt.Errorf("tell %s: %w", n.PersonID, err)
	}
	return nil
}

// enqueue keeps deliveries, with the jobs that send those that wait.
func (s *Store) enqueue(ctx context.Context, tx pgx.Tx, deliveries []*Delivery) error {
	all := &pgx.Batch{}
	var waiting []string
	for _, d := range deliveries {
		all.Queue(`INSERT INTO deliveries (id, request_id, person_id, channel, address, push_id, category, template, version, locale, about,
				content, state, reason, created_at, expires_at, next_at, ended_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
			d.ID, d.RequestID, d.PersonID, d.Channel, d.Address, d.PushID, d.Category, d.Template, d.TemplateVersion, d.Locale, d.About,
			d.Content, d.State, d.Reason, d.CreatedAt, d.ExpiresAt, d.NextAt, d.EndedAt)
		switch d.State {
		case DeliveryStateWaiting:
			waiting = append(waiting, d.ID)
		case DeliveryStateCollected:
			if err := s.jobs.Collect(ctx, tx, *d.PersonID, *d.NextAt); err != nil {
				return err
			}
		}
	}
	if err := tx.SendBatch(ctx, all).Close(); err != nil {
		return fmt.Errorf("queue deliveries: %w", err)
	}
	if len(waiting) == 0 {
		return nil
	}
	return s.jobs.Send(ctx, tx, waiting)
}
