package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/page"
	"heddle/internal/postgres"
)

func (s *postgresStore) RequestReset(ctx context.Context, mail *PasswordMail, expires time.Time) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO password_resets (hash, person_id, expires_at)
			SELECT $1, id, $3 FROM credentials WHERE email = $2 AND activated_at IS NOT NULL`, hashOf(mail.token), mail.To, expires)
		if err != nil {
			return fmt.Errorf("keep reset token: %w", err)
		}
		sent := *mail
		if tag.RowsAffected() == 0 {
			sent.token = ""
		}
		return s.mailer.Mail(ctx, tx, &sent)
	})
}

const resettable = `id = (SELECT person_id FROM password_resets WHERE hash = $1 AND expires_at > $2)`

func (s *postgresStore) Resettable(ctx context.Context, token string, now time.Time) (*Account, error) {
	return oneAccount(ctx, s.pool, resettable, hashOf(token), now)
}

func (s *postgresStore) Reset(ctx context.Context, token, hash string, now time.Time) (ended []string, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		var person string
		rows, err := tx.Query(ctx, `DELETE FROM password_resets WHERE hash = $1 AND expires_at > $2 RETURNING person_id`, hashOf(token), now)
		if err != nil {
			return fmt.Errorf("use reset token: %w", err)
		}
		used, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("use reset token: %w", err)
		}
		if len(used) == 0 {
			return badResetToken()
		}
		person = used[0]
		if _, err := tx.Exec(ctx, `UPDATE credentials SET password = $2 WHERE id = $1`, person, hash); err != nil {
			return fmt.Errorf("save password of %s: %w", person, err)
		}
		ended, err = afterNewPassword(ctx, tx, person, "", now)
		return err
	})
	return ended, err
}

// mailTable is the mailer of today: an administrator reads the mails in the graph.
type mailTable struct{}

// Mail keeps the mail.
func (mailTable) Mail(ctx context.Context, tx pgx.Tx, m *PasswordMail) error {
	_, err := tx.Exec(ctx, `INSERT INTO password_mails (id, recipient, token, created_at) VALUES ($1, $2, $3, $4)`, m.ID, m.To, m.token, m.CreatedAt)
	if err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	return nil
}

func (s *postgresStore) Mails(ctx context.Context, w page.Window) ([]*PasswordMail, error) {
	where, by, limit, args := newestMail.Window(w, nil)
	rows, err := s.pool.Query(ctx, `SELECT m.id, m.recipient, m.token, m.created_at FROM password_mails m WHERE `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*PasswordMail, error) {
		var m PasswordMail
		err := row.Scan(&m.ID, &m.To, &m.token, &m.CreatedAt)
		return &m, err
	})
}

func (s *postgresStore) CountMails(ctx context.Context) (n int, err error) {
	if err = s.pool.QueryRow(ctx, `SELECT count(*) FROM password_mails`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count mails: %w", err)
	}
	return n, nil
}
