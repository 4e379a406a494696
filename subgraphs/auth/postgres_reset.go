package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

func (s *postgresStore) RequestReset(ctx context.Context, mail *PasswordMail, expires time.Time) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		kept := *mail
		err := tx.QueryRow(ctx, `
			INSERT INTO password_resets (hash, person_id, expires_at)
			SELECT $1, id, $3 FROM credentials WHERE email = $2 AND activated_at IS NOT NULL RETURNING person_id`,
			hashOf(mail.token), mail.To, expires).Scan(&kept.PersonID)
		if errors.Is(err, pgx.ErrNoRows) {
			kept.token, err = "", nil
		}
		if err != nil {
			return fmt.Errorf("keep reset token: %w", err)
		}
		return s.queueMail(ctx, tx, &kept)
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
		ended, err = s.afterNewPassword(ctx, tx, person, "", now)
		return err
	})
	return ended, err
}

func (s *postgresStore) Mail(ctx context.Context, id string) (*PasswordMail, error) {
	m := PasswordMail{ID: id}
	err := s.pool.QueryRow(ctx, `SELECT person_id, recipient, token, created_at FROM password_mails WHERE id = $1`, id).
		Scan(&m.PersonID, &m.To, &m.token, &m.CreatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read mail %s: %w", id, err)
	}
	return &m, nil
}

func (s *postgresStore) Mailed(ctx context.Context, id string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM password_mails WHERE id = $1`, id); err != nil {
		return fmt.Errorf("forget mail %s: %w", id, err)
	}
	return nil
}
