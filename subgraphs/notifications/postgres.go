package notifications

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/batch"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// Store keeps the database notifications. What changes several things does it
// in one transaction, and puts the jobs that follow from it there too.
type Store struct {
	pool *pgxpool.Pool
	jobs queue
}

// newest is the order of what a person was told.
var newest = postgres.Order{Columns: []string{"n.number::bigint"}, Descending: true}

const notificationColumns = `n.id, n.person_id, n.number, n.category, n.template, n.title, n.text, n.link, n.about, n.created_at, n.read_at`

func scanNotification(row pgx.CollectableRow) (*Notification, error) {
	var n Notification
	return &n, row.Scan(&n.ID, &n.PersonID, &n.Number, &n.Category, &n.Template, &n.Title, &n.Text, &n.Link, &n.about, &n.CreatedAt, &n.ReadAt)
}

// Notifications reads notifications of the person by their ids.
func (s *Store) Notifications(ctx context.Context, person string, ids []string) ([]*Notification, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+notificationColumns+` FROM notifications n WHERE n.person_id = $1 AND n.id = ANY($2)`, person, ids)
	if err != nil {
		return nil, fmt.Errorf("read notifications: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanNotification)
	if err != nil {
		return nil, fmt.Errorf("read notifications: %w", err)
	}
	return batch.InOrder(ids, found, func(n *Notification) string { return n.ID }), nil
}

// List reads a page of what the person was told, newest first.
func (s *Store) List(ctx context.Context, person string, unread bool, w page.Window) ([]*Notification, error) {
	where, by, limit, args := newest.Window(w, []any{person})
	if unread {
		where += ` AND n.read_at IS NULL`
	}
	rows, err := s.pool.Query(ctx, `SELECT `+notificationColumns+` FROM notifications n WHERE n.person_id = $1 AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read notifications: %w", err)
	}
	return pgx.CollectRows(rows, scanNotification)
}

// Count counts what the person was told, or only what they have not read.
func (s *Store) Count(ctx context.Context, person string, unread bool) (n int, err error) {
	statement := `SELECT count(*) FROM notifications WHERE person_id = $1`
	if unread {
		statement += ` AND read_at IS NULL`
	}
	if err := s.pool.QueryRow(ctx, statement, person).Scan(&n); err != nil {
		return 0, fmt.Errorf("count notifications: %w", err)
	}
	return n, nil
}

// Last is the number of the latest thing that the person was told, 0 before the first.
func (s *Store) Last(ctx context.Context, person string) (last int64, err error) {
	err = s.pool.QueryRow(ctx, `SELECT last FROM people WHERE id = $1`, person).Scan(&last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("read the last number of %s: %w", person, err)
	}
	return last, nil
}

// Between reads what the person was told after one number and up to another, in
// order, at most so many.
func (s *Store) Between(ctx context.Context, person string, after, upTo int64, limit int) ([]*Notification, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+notificationColumns+` FROM notifications n
		WHERE n.person_id = $1 AND n.number > $2 AND n.number <= $3 ORDER BY n.number LIMIT $4`, person, after, upTo, limit)
	if err != nil {
		return nil, fmt.Errorf("read what %s was told: %w", person, err)
	}
	return pgx.CollectRows(rows, scanNotification)
}

// MarkRead marks a notification of the person as read, or as unread again.
func (s *Store) MarkRead(ctx context.Context, person, id string, at any) (*Notification, error) {
	rows, err := s.pool.Query(ctx, `UPDATE notifications n SET read_at = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE coalesce(n.read_at, $3) END
		WHERE n.person_id = $1 AND n.id = $2 RETURNING `+notificationColumns, person, id, at)
	if err != nil {
		return nil, fmt.Errorf("mark notification %s: %w", id, err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, scanNotification)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missingNotification(id)
	}
	if err != nil {
		return nil, fmt.Errorf("mark notification %s: %w", id, err)
	}
	return n, nil
}

// MarkAllRead marks as read what the person was told up to the number.
func (s *Store) MarkAllRead(ctx context.Context, person string, upTo int64, at any) (marked int, err error) {
	tag, err := s.pool.Exec(ctx, `UPDATE notifications SET read_at = $3 WHERE person_id = $1 AND number <= $2 AND read_at IS NULL`, person, upTo, at)
	if err != nil {
		return 0, fmt.Errorf("mark notifications of %s: %w", person, err)
	}
	return int(tag.RowsAffected()), nil
}
