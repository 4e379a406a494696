package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

func (s *postgresStore) Keys(ctx context.Context) ([]*SigningKey, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, private, sealed, public, created_at, signs_from FROM signing_keys ORDER BY signs_from, id`)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*SigningKey, error) {
		var k SigningKey
		err := row.Scan(&k.ID, &k.private, &k.sealed, (*[]byte)(&k.Public), &k.CreatedAt, &k.SignsFrom)
		return &k, err
	})
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	return keys, nil
}

func (s *postgresStore) AddKey(ctx context.Context, k *SigningKey) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO signing_keys (id, private, sealed, public, created_at, signs_from) VALUES ($1, $2, $3, $4, $5, $6)`,
		k.ID, k.private, k.sealed, []byte(k.Public), k.CreatedAt, k.SignsFrom)
	if err != nil {
		return fmt.Errorf("keep signing key: %w", err)
	}
	return nil
}

func (s *postgresStore) Revocations(ctx context.Context, now time.Time, all bool) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT session FROM revocations WHERE until > $1 AND ($2 OR NOT told)`, now, all)
	if err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (s *postgresStore) Told(ctx context.Context, sessions []string) error {
	if _, err := s.pool.Exec(ctx, `UPDATE revocations SET told = true WHERE session = ANY($1) AND NOT told`, sessions); err != nil {
		return fmt.Errorf("note revocations: %w", err)
	}
	return nil
}
