package users

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/batch"
	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/postgres"
)

// postgresStore reads and writes the database users.
type postgresStore struct{ pool *pgxpool.Pool }

// username is unique whatever its case, and orders people.
const username = `lower(u.username) COLLATE "C"`

// selectUsers reads people out of what follows it: users, or some of them.
const selectUsers = `
	SELECT u.id, u.username, u.email, u.first_name, u.last_name, u.avatar, u.created_at, p.bio, p.location, p.website,
		s.theme, s.language, s.notify_in_app, s.notify_email, s.notify_sms, s.notify_push
	FROM user_profiles p JOIN user_preferences s USING (user_id) JOIN `

func scanUser(row pgx.CollectableRow) (*User, error) {
	var u User
	n := &u.settings.notifications
	err := row.Scan(&u.ID, &u.Username, &u.email, &u.FirstName, &u.LastName, &u.avatar, &u.CreatedAt,
		&u.profile.bio, &u.profile.location, &u.profile.website,
		&u.settings.Theme, &u.settings.Language, &n.InApp, &n.Email, &n.Sms, &n.Push)
	return &u, err
}

func (s *postgresStore) Users(ctx context.Context, ids []string) ([]*User, error) {
	rows, err := s.pool.Query(ctx, selectUsers+`users u ON u.id = user_id WHERE u.id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanUser)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	return batch.InOrder(ids, found, func(u *User) string { return u.ID }), nil
}

func (s *postgresStore) Named(ctx context.Context, name string) (*User, error) {
	if !usernames.MatchString(name) {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, selectUsers+`users u ON u.id = user_id WHERE `+username+` = lower($1)`, name)
	if err != nil {
		return nil, fmt.Errorf("read user %q: %w", name, err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, scanUser)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read user %q: %w", name, err)
	}
	return u, nil
}

func (s *postgresStore) Create(ctx context.Context, u *User) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		var gone bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM deleted_users WHERE id = $1)`, u.ID).Scan(&gone); err != nil {
			return fmt.Errorf("create user %s: %w", u.ID, err)
		}
		if gone {
			return fault.New(fault.Conflict, "User %q was deleted.", u.ID).With("field", "id")
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO users (id, username, email, first_name, last_name, created_at, search) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET username = excluded.username, email = excluded.email,
				first_name = excluded.first_name, last_name = excluded.last_name, search = excluded.search`,
			u.ID, u.Username, u.email, u.FirstName, u.LastName, u.CreatedAt, u.searchText()); err != nil {
			return saveError(u, err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO user_profiles (user_id) VALUES ($1) ON CONFLICT DO NOTHING`, u.ID); err != nil {
			return saveError(u, err)
		}
		n := u.settings.notifications
		_, err := tx.Exec(ctx, `
			INSERT INTO user_preferences (user_id, theme, language, notify_in_app, notify_email, notify_sms, notify_push)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			u.ID, u.settings.Theme, u.settings.Language, n.InApp, n.Email, n.Sms, n.Push)
		return saveError(u, err)
	})
}

// saveError names the field that somebody else has already.
func saveError(u *User, err error) error {
	switch {
	case err == nil:
		return nil
	case postgres.Violates(err, "users_username"):
		return fault.New(fault.Conflict, "The username %q is taken.", u.Username).With("field", "username")
	case postgres.Violates(err, "users_email"):
		return fault.New(fault.Conflict, "There is an account with the e-mail address %q already.", u.email).With("field", "email")
	}
	return fmt.Errorf("save user %s: %w", u.ID, err)
}

func (s *postgresStore) Change(ctx context.Context, id string, rule func(*User) error) (u *User, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		if u, err = lock(ctx, tx, id); err != nil {
			return err
		}
		if err = rule(u); err != nil {
			return err
		}
		return save(ctx, tx, u)
	})
	return u, err
}

func save(ctx context.Context, tx pgx.Tx, u *User) error {
	n := u.settings.notifications
	changes := &pgx.Batch{}
	changes.Queue(`UPDATE users SET username = $2, first_name = $3, last_name = $4, avatar = $5, search = $6 WHERE id = $1`,
		u.ID, u.Username, u.FirstName, u.LastName, u.avatar, u.searchText())
	changes.Queue(`UPDATE user_profiles SET bio = $2, location = $3, website = $4 WHERE user_id = $1`,
		u.ID, u.profile.bio, u.profile.location, u.profile.website)
	changes.Queue(`UPDATE user_preferences SET theme = $2, language = $3, notify_in_app = $4, notify_email = $5, notify_sms = $6, notify_push = $7
		WHERE user_id = $1`, u.ID, u.settings.Theme, u.settings.Language, n.InApp, n.Email, n.Sms, n.Push)
	return saveError(u, tx.SendBatch(ctx, changes).Close())
}

func lock(ctx context.Context, tx pgx.Tx, id string) (*User, error) {
	rows, err := tx.Query(ctx, selectUsers+`users u ON u.id = user_id WHERE u.id = $1 FOR UPDATE OF u`, id)
	if err != nil {
		return nil, fmt.Errorf("lock user %s: %w", id, err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, scanUser)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing(id)
	}
	if err != nil {
		return nil, fmt.Errorf("lock user %s: %w", id, err)
	}
	return u, nil
}

func missing(id string) error { return fault.New(fault.NotFound, "There is no user %q.", id) }

func (s *postgresStore) Delete(ctx context.Context, id string, rule func(*User) error, deleted events.Event) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		u, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := rule(u); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `WITH gone AS (DELETE FROM users WHERE id = $1 RETURNING id) INSERT INTO deleted_users SELECT id FROM gone`, id); err != nil {
			return fmt.Errorf("delete user %s: %w", id, err)
		}
		return events.Append(ctx, tx, deleted)
	})
}
