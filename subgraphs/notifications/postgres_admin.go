package notifications

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// KeepMail keeps a mail in the local mailbox, once.
func (s *Store) KeepMail(ctx context.Context, m *Mail) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO mailbox (id, person_id, about, template, sender, recipient, subject, text, html, headers, created_at, expires_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
		WHERE EXISTS (SELECT FROM deliveries WHERE id = $1) ON CONFLICT (id) DO NOTHING`, // not after it was erased
		m.ID, m.PersonID, m.About, m.Template, m.From, m.To, m.Subject, m.Text, m.HTML, m.Headers, m.CreatedAt, m.ExpiresAt)
	if err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	return nil
}

var newestMail = postgres.Order{Columns: []string{"m.id::uuid"}, Descending: true}

// unexpired is the condition on mails that are still of use.
const unexpired = `(m.expires_at IS NULL OR m.expires_at > $1) AND ($2::text IS NULL OR m.recipient = $2)`

// Mails reads a page of the mailbox, newest first, of all recipients or of one.
func (s *Store) Mails(ctx context.Context, to *string, now time.Time, w page.Window) ([]*Mail, error) {
	where, by, limit, args := newestMail.Window(w, []any{now, to})
	rows, err := s.pool.Query(ctx, `SELECT m.id, m.template, m.sender, m.recipient, m.subject, m.text, m.html, m.headers, m.created_at
		FROM mailbox m WHERE `+unexpired+` AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Mail, error) {
		var m Mail
		return &m, row.Scan(&m.ID, &m.Template, &m.From, &m.To, &m.Subject, &m.Text, &m.HTML, &m.Headers, &m.CreatedAt)
	})
}

// CountMails counts the mailbox.
func (s *Store) CountMails(ctx context.Context, to *string, now time.Time) (n int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM mailbox m WHERE `+unexpired, now, to).Scan(&n); err != nil {
		return 0, fmt.Errorf("count mails: %w", err)
	}
	return n, nil
}

var newestDelivery = postgres.Order{Columns: []string{"d.id::uuid"}, Descending: true}

// filtered is the condition that a filter sets, after the arguments.
func (f *DeliveryFilter) filtered() (where string, args []any) {
	conditions := []string{"true"}
	add := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	if f == nil {
		return "true", nil
	}
	if f.Channel != nil {
		add("d.channel = $%d", *f.Channel)
	}
	if f.State != nil {
		add("d.state = $%d", *f.State)
	}
	if f.UserID != nil {
		add("d.person_id = $%d", *f.UserID)
	}
	if f.Address != nil {
		add("d.address = $%d", *f.Address)
	}
	if f.Template != nil {
		add("d.template = $%d", *f.Template)
	}
	return strings.Join(conditions, " AND "), args
}

// Deliveries reads a page of the deliveries, newest first.
func (s *Store) Deliveries(ctx context.Context, f *DeliveryFilter, w page.Window) ([]*Delivery, error) {
	filtered, args := f.filtered()
	where, by, limit, args := newestDelivery.Window(w, args)
	rows, err := s.pool.Query(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE `+filtered+` AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return pgx.CollectRows(rows, scanDelivery)
}

// CountDeliveries counts the deliveries.
func (s *Store) CountDeliveries(ctx context.Context, f *DeliveryFilter) (n int, err error) {
	filtered, args := f.filtered()
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM deliveries d WHERE `+filtered, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count deliveries: %w", err)
	}
	return n, nil
}

// DeliveriesByID reads deliveries by their ids.
func (s *Store) DeliveriesByID(ctx context.Context, ids []string) ([]*Delivery, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return pgx.CollectRows(rows, scanDelivery)
}

// Attempts reads the tries of each delivery, in order.
func (s *Store) Attempts(ctx context.Context, deliveries []string) (map[string][]*DeliveryAttempt, error) {
	rows, err := s.pool.Query(ctx, `SELECT delivery_id, number, provider, started_at, ended_at, outcome, code, answer FROM attempts
		WHERE delivery_id = ANY($1) ORDER BY delivery_id, number`, deliveries)
	if err != nil {
		return nil, fmt.Errorf("read tries: %w", err)
	}
	tries, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[DeliveryAttempt])
	if err != nil {
		return nil, fmt.Errorf("read tries: %w", err)
	}
	all := map[string][]*DeliveryAttempt{}
	for _, t := range tries {
		all[t.DeliveryID] = append(all[t.DeliveryID], t)
	}
	return all, nil
}

var newestBounce = postgres.Order{Columns: []string{"b.since::timestamptz", "b.channel::channel", "b.address::text"}, Descending: true}

// Bounced reads a page of the addresses that bounced, newest first.
func (s *Store) Bounced(ctx context.Context, w page.Window) ([]*BouncedAddress, error) {
	where, by, limit, args := newestBounce.Window(w, nil)
	rows, err := s.pool.Query(ctx, `SELECT b.channel, b.address, b.reason, b.since FROM bounced b WHERE `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read addresses that bounced: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[BouncedAddress])
}

// CountBounced counts the addresses that bounced.
func (s *Store) CountBounced(ctx context.Context) (n int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM bounced`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count addresses that bounced: %w", err)
	}
	return n, nil
}

// ForgetBounced has an address written to again.
func (s *Store) ForgetBounced(ctx context.Context, channel NotificationChannel, address string) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM bounced WHERE channel = $1 AND address = $2`, channel, address)
	if err != nil {
		return fmt.Errorf("forget that %s bounced: %w", address, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "%q is not known to have bounced.", address)
	}
	return nil
}
