package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

func (s *postgresStore) Reserve(ctx context.Context, r Reservation) (found Reserved, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		found = Reserved{Account: &Account{ID: r.PersonID, Email: r.Email}}
		tag, err := tx.Exec(ctx, `
			INSERT INTO credentials (id, email, password, created_at, attempt, leased_until, sign_up_key)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email) DO NOTHING`,
			r.PersonID, r.Email, r.Password, r.At, r.Attempt, r.At.Add(signUpLease), r.Key)
		if err != nil {
			return fmt.Errorf("reserve e-mail address: %w", err)
		}
		if tag.RowsAffected() == 1 {
			return nil
		}
		found, err = takeOver(ctx, tx, r)
		return err
	})
	return found, err
}

// takeOver gives a reservation that was left behind to another attempt.
func takeOver(ctx context.Context, tx pgx.Tx, r Reservation) (found Reserved, err error) {
	a := &Account{Email: r.Email}
	var activated, leased *time.Time
	err = tx.QueryRow(ctx, `
		SELECT id, password, roles::text[], activated_at, leased_until, sign_up_key FROM credentials WHERE email = $1 FOR UPDATE`, r.Email).
		Scan(&a.ID, &a.password, &a.Roles, &activated, &leased, &found.Key)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, taken("Somebody was signing up with this e-mail address at this moment. Try again.")
	}
	if err != nil {
		return found, fmt.Errorf("read reservation: %w", err)
	}
	found.Account, found.Active, found.TakenOver = a, activated != nil, activated == nil
	if found.Active {
		return found, nil
	}
	if err := reservable(leased, r.At); err != nil {
		return found, err
	}
	_, err = tx.Exec(ctx, `UPDATE credentials SET password = $2, attempt = $3, leased_until = $4, sign_up_key = $5 WHERE id = $1`,
		a.ID, r.Password, r.Attempt, r.At.Add(signUpLease), r.Key)
	if err != nil {
		return found, fmt.Errorf("take over reservation: %w", err)
	}
	return found, nil
}

func (s *postgresStore) Activate(ctx context.Context, account *Account, r Reservation, session *Session, token string) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE credentials SET activated_at = $3, roles = $4::text[]::role[], attempt = NULL, leased_until = NULL
			WHERE id = $1 AND attempt = $2 AND activated_at IS NULL`, account.ID, r.Attempt, session.CreatedAt, account.Roles)
		if err != nil {
			return fmt.Errorf("activate account %s: %w", account.ID, err)
		}
		if tag.RowsAffected() == 0 {
			return taken("Somebody else has signed up with this e-mail address meanwhile.")
		}
		return begin(ctx, tx, session, token)
	})
}

func (s *postgresStore) Release(ctx context.Context, r Reservation, forget bool) error {
	statement := `UPDATE credentials SET attempt = NULL, leased_until = NULL WHERE attempt = $1`
	if forget {
		statement = `DELETE FROM credentials WHERE attempt = $1`
	}
	if _, err := s.pool.Exec(ctx, statement, r.Attempt); err != nil {
		return fmt.Errorf("release reservation: %w", err)
	}
	return nil
}
