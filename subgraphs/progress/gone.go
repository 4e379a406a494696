package progress

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// lockSpace sets the locks below apart from others in the database.
const lockSpace = 1886350179

// beside takes part in what is known of students and people until the
// transaction ends: none of them goes meanwhile. It tells which are gone.
func beside(ctx context.Context, tx pgx.Tx, ids ...string) (gone map[string]bool, err error) {
	slices.Sort(ids) // one order for everybody
	for _, id := range ids {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1, hashtext($2))`, lockSpace, id); err != nil {
			return nil, fmt.Errorf("lock %s: %w", id, err)
		}
	}
	rows, err := tx.Query(ctx, `SELECT id::text FROM gone WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("look for those who are gone: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for those who are gone: %w", err)
	}
	gone = map[string]bool{}
	for _, id := range found {
		gone[id] = true
	}
	return gone, nil
}

// leave remembers that a student or person is gone, after all that is under way
// beside them, and drops what was remembered for long enough.
func leave(ctx context.Context, tx pgx.Tx, id string) error {
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`SELECT pg_advisory_xact_lock($1, hashtext($2))`, []any{lockSpace, id}},
		{`INSERT INTO gone (id, at) VALUES ($1, now()) ON CONFLICT DO NOTHING`, []any{id}},
		{`DELETE FROM gone WHERE at < now() - $1::interval`, []any{2 * events.Retention}},
		{`DELETE FROM gone_assessments WHERE at < now() - $1::interval`, []any{2 * events.Retention}},
	} {
		if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
			return fmt.Errorf("remember that %s is gone: %w", id, err)
		}
	}
	return nil
}

// forget deletes all that is kept of a student who is gone.
func forget(ctx context.Context, tx pgx.Tx, student string) error {
	if err := leave(ctx, tx, student); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM progress_timeline WHERE student_id = $1`,
		`DELETE FROM milestones WHERE student_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, student); err != nil {
			return fmt.Errorf("forget student %s: %w", student, err)
		}
	}
	return nil
}

// erase takes a person who is gone off the milestones, which are the students'.
func erase(ctx context.Context, tx pgx.Tx, person string) error {
	if err := leave(ctx, tx, person); err != nil {
		return err
	}
	for _, statement := range []string{
		`UPDATE milestones SET added_by = NULL WHERE added_by = $1::uuid`,
		`DELETE FROM idempotency_keys WHERE person = $1::text`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	return nil
}
