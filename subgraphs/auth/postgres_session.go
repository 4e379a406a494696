package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/batch"
	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// newestSession is the order of a person's sessions: ids are UUIDv7, later ones
// sort later.
var newestSession = postgres.Order{Columns: []string{"s.id::uuid"}, Descending: true}

func keyOfSession(s *Session) page.Key { return page.Key{s.ID} }

const selectSessions = `SELECT s.id, s.person_id, s.created_at, s.last_used_at, s.expires_at, s.user_agent, s.address, s.ended_at FROM sessions s`

func scanSession(row pgx.CollectableRow) (*Session, error) {
	var s Session
	err := row.Scan(&s.ID, &s.PersonID, &s.CreatedAt, &s.LastUsedAt, &s.ExpiresAt, &s.agent, &s.address, &s.endedAt)
	return &s, err
}

func (s *postgresStore) Begin(ctx context.Context, session *Session, token string) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error { return begin(ctx, tx, session, token) })
}

func begin(ctx context.Context, tx pgx.Tx, s *Session, token string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sessions (id, person_id, created_at, last_used_at, expires_at, user_agent, address) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		s.ID, s.PersonID, s.CreatedAt, s.LastUsedAt, s.ExpiresAt, s.agent, s.address)
	if postgres.Violates(err, "sessions_person_id_fkey") { // erased since it was read
		return fault.New(fault.Unauthenticated, "This account does not exist any more.")
	}
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	return addToken(ctx, tx, s.ID, keep(token))
}

func addToken(ctx context.Context, tx pgx.Tx, session string, t *RefreshToken) error {
	_, err := tx.Exec(ctx, `INSERT INTO refresh_tokens (hash, session_id, seed) VALUES ($1, $2, $3)`, t.hash, session, t.seed)
	if err != nil {
		return fmt.Errorf("keep refresh token: %w", err)
	}
	return nil
}

func (s *postgresStore) Refresh(ctx context.Context, token string, now time.Time) (got Refreshed, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		got, err = refresh(ctx, tx, token, now)
		return err
	})
	return got, err
}

// refresh locks the session first, so that its tokens are used one after the other.
func refresh(ctx context.Context, tx pgx.Tx, token string, now time.Time) (got Refreshed, err error) {
	session, err := sessionOf(ctx, tx, token)
	if err != nil || session == nil || !session.Alive(now) {
		return got, err
	}
	this, err := readToken(ctx, tx, token)
	if err != nil || this == nil {
		return got, err
	}
	next := this.next(token)
	given, err := readToken(ctx, tx, next)
	if err != nil {
		return got, err
	}
	account, err := oneAccount(ctx, tx, `id = $1`, session.PersonID)
	if err != nil || account == nil {
		return got, err
	}
	got = Refreshed{Turn: this.Turn(given, now), Account: account, Session: session, Next: next}
	switch got.Turn {
	case Reused:
		got.Ended, err = endSessions(ctx, tx, now, `id = $3`, session.ID)
	case Rotate:
		session.Use(now)
		err = rotate(ctx, tx, session, this, keep(next))
	case Repeat: // nothing to keep: the reply goes out again
	}
	return got, err
}

func sessionOf(ctx context.Context, tx pgx.Tx, token string) (*Session, error) {
	rows, err := tx.Query(ctx, selectSessions+` JOIN refresh_tokens t ON t.session_id = s.id WHERE t.hash = $1 FOR UPDATE OF s`, hashOf(token))
	if err != nil {
		return nil, fmt.Errorf("read session of token: %w", err)
	}
	session, err := pgx.CollectExactlyOneRow(rows, scanSession)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read session of token: %w", err)
	}
	return session, nil
}

func readToken(ctx context.Context, tx pgx.Tx, token string) (*RefreshToken, error) {
	t := &RefreshToken{hash: hashOf(token)}
	err := tx.QueryRow(ctx, `SELECT seed, used_at FROM refresh_tokens WHERE hash = $1`, t.hash).Scan(&t.seed, &t.usedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read refresh token: %w", err)
	}
	return t, nil
}

func rotate(ctx context.Context, tx pgx.Tx, s *Session, used, next *RefreshToken) error {
	if _, err := tx.Exec(ctx, `UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1`, used.hash, s.LastUsedAt); err != nil {
		return fmt.Errorf("use refresh token: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE sessions SET last_used_at = $2, expires_at = $3 WHERE id = $1`, s.ID, s.LastUsedAt, s.ExpiresAt); err != nil {
		return fmt.Errorf("use session %s: %w", s.ID, err)
	}
	return addToken(ctx, tx, s.ID, next)
}

func (s *postgresStore) Sessions(ctx context.Context, ids []string) ([]*Session, error) {
	rows, err := s.pool.Query(ctx, selectSessions+` WHERE s.id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanSession)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return batch.InOrder(ids, found, func(s *Session) string { return s.ID }), nil
}

func (s *postgresStore) List(ctx context.Context, person string, now time.Time, w page.Window) ([]*Session, error) {
	where, by, limit, args := newestSession.Window(w, []any{person, now})
	rows, err := s.pool.Query(ctx, selectSessions+` WHERE s.person_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND `+where+
		` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return pgx.CollectRows(rows, scanSession)
}

func (s *postgresStore) CountSessions(ctx context.Context, person string, now time.Time) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM sessions WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2`, person, now).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count sessions: %w", err)
	}
	return n, nil
}

func (s *postgresStore) End(ctx context.Context, id string, now time.Time, rule func(*Session) error) (ended []string, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectSessions+` WHERE s.id::text = $1 FOR UPDATE`, id)
		if err != nil {
			return fmt.Errorf("read session %s: %w", id, err)
		}
		session, err := pgx.CollectExactlyOneRow(rows, scanSession)
		if errors.Is(err, pgx.ErrNoRows) {
			return noSession(id)
		}
		if err != nil {
			return fmt.Errorf("read session %s: %w", id, err)
		}
		if err := rule(session); err != nil {
			return err
		}
		ended, err = endSessions(ctx, tx, now, `id = $3`, session.ID)
		return err
	})
	return ended, err
}

func (s *postgresStore) EndAll(ctx context.Context, person string, now time.Time) (ended []string, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		ended, err = endSessions(ctx, tx, now, `person_id = $3`, person)
		return err
	})
	return ended, err
}
