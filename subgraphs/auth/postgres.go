package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/jobs"
	"heddle/internal/postgres"
)

// postgresStore reads and writes the database authentication.
type postgresStore struct {
	pool  *pgxpool.Pool
	jobs  *jobs.Client
	newID func() string
}

const selectAccounts = `SELECT id, email, roles::text[], password FROM credentials`

func scanAccount(row pgx.CollectableRow) (*Account, error) {
	var a Account
	err := row.Scan(&a.ID, &a.Email, &a.Roles, &a.password)
	return &a, err
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// oneAccount reads the account that the condition finds, nil if there is none.
func oneAccount(ctx context.Context, q querier, where string, args ...any) (*Account, error) {
	rows, err := q.Query(ctx, selectAccounts+` WHERE activated_at IS NOT NULL AND `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	account, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	return account, nil
}

func (s *postgresStore) Account(ctx context.Context, id string) (*Account, error) {
	return oneAccount(ctx, s.pool, `id = $1`, id)
}

func (s *postgresStore) AccountByEmail(ctx context.Context, email string) (*Account, error) {
	return oneAccount(ctx, s.pool, `email = $1`, email)
}

func (s *postgresStore) Roles(ctx context.Context, ids []string) (map[string][]Role, error) {
	rows, err := s.pool.Query(ctx, selectAccounts+` WHERE activated_at IS NOT NULL AND id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	accounts, err := pgx.CollectRows(rows, scanAccount)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	roles := make(map[string][]Role, len(accounts))
	for _, a := range accounts {
		roles[a.ID] = a.Roles
	}
	return roles, nil
}

func (s *postgresStore) ChangeRoles(ctx context.Context, id string, now time.Time, rule func(*Account, int) error) (ended []string, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		admins, err := lockAdmins(ctx, tx)
		if err != nil {
			return err
		}
		account, err := oneAccount(ctx, tx, `id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		if account == nil {
			return noAccount(id)
		}
		before := len(account.Roles)
		if err := rule(account, admins); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE credentials SET roles = $2::text[]::role[] WHERE id = $1`, id, account.Roles); err != nil {
			return fmt.Errorf("save roles of %s: %w", id, err)
		}
		if len(account.Roles) < before {
			ended, err = endSessions(ctx, tx, now, `person_id = $3`, id)
		}
		return err
	})
	return ended, err
}

// lockAdmins counts the administrators and keeps everybody else from changing
// who is one until the transaction ends.
func lockAdmins(ctx context.Context, tx pgx.Tx) (n int, err error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('auth.admins'))`); err != nil {
		return 0, fmt.Errorf("lock administrators: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT count(*) FROM credentials WHERE 'ADMIN' = ANY (roles)`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count administrators: %w", err)
	}
	return n, nil
}

func (s *postgresStore) MakeAdmins(ctx context.Context, emails []string) error {
	_, err := s.pool.Exec(ctx, `UPDATE credentials SET roles = array_append(roles, 'ADMIN')
		WHERE email = ANY($1) AND activated_at IS NOT NULL AND 'ADMIN' <> ALL (roles)`, emails)
	if err != nil {
		return fmt.Errorf("make administrators: %w", err)
	}
	return nil
}

func (s *postgresStore) SetPassword(ctx context.Context, account *Account, hash, except string, now time.Time) (ended []string, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE credentials SET password = $3 WHERE id = $1 AND password = $2`, account.ID, account.password, hash)
		if err != nil {
			return fmt.Errorf("save password of %s: %w", account.ID, err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "The password was changed at the same time. Try again.")
		}
		ended, err = s.afterNewPassword(ctx, tx, account.ID, except, now)
		return err
	})
	return ended, err
}

// afterNewPassword ends what the old password had begun, and publishes that there
// is a new one.
func (s *postgresStore) afterNewPassword(ctx context.Context, tx pgx.Tx, person, except string, now time.Time) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM password_resets WHERE person_id = $1`, person); err != nil {
		return nil, fmt.Errorf("forget reset tokens of %s: %w", person, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM password_mails WHERE person_id = $1`, person); err != nil {
		return nil, fmt.Errorf("forget mails of %s: %w", person, err)
	}
	event, err := passwordChanged.New(ctx, s.newID(), now, person, events.Nothing{})
	if err == nil {
		err = events.Append(ctx, tx, event)
	}
	if err != nil {
		return nil, err
	}
	return endSessions(ctx, tx, now, `person_id = $3 AND id::text <> $4`, person, except)
}

func (s *postgresStore) Rehash(ctx context.Context, account *Account, hash string) error {
	_, err := s.pool.Exec(ctx, `UPDATE credentials SET password = $3 WHERE id = $1 AND password = $2`, account.ID, account.password, hash)
	if err != nil {
		return fmt.Errorf("save password of %s: %w", account.ID, err)
	}
	return nil
}

// endSessions ends the sessions that the condition finds and notes them for the
// list of revocations. The condition's arguments begin at $3.
func endSessions(ctx context.Context, tx pgx.Tx, now time.Time, where string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, `
		WITH ended AS (UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND `+where+` RETURNING id),
		noted AS (INSERT INTO revocations (session, until) SELECT id, $2::timestamptz FROM ended ON CONFLICT DO NOTHING)
		SELECT id FROM ended`, append([]any{now, now.Add(revokedLife)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	return ended, nil
}
