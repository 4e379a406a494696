package progress

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/enrolment"
	"heddle/internal/fault"
	"heddle/internal/postgres"
)

func (s *postgresStore) Add(ctx context.Context, m *Milestone, entry string, key *string, in AddMilestoneInput) (id string, err error) {
	in.IdempotencyKey = nil
	request := postgres.Request{Person: *m.AddedByID, Operation: "addMilestone", Key: key, Input: in}
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		gone, err := beside(ctx, tx, m.StudentID, *m.AddedByID)
		if err != nil {
			return err
		}
		if gone[m.StudentID] {
			return enrolment.Missing(m.StudentID)
		}
		if gone[*m.AddedByID] {
			return fault.New(fault.Unauthenticated, "Your account is gone.")
		}
		id, _, err = postgres.Once(ctx, tx, request, func() (string, error) { return m.ID, insert(ctx, tx, m, entry) })
		return err
	})
	return id, err
}

func insert(ctx context.Context, tx pgx.Tx, m *Milestone, entry string) error {
	_, err := tx.Exec(ctx, `INSERT INTO milestones (id, student_id, title, note, domain, reached_on, added_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5::text::language_domain, $6::text::date, $7, $8, $9)`,
		m.ID, m.StudentID, m.Title, m.Note, m.Domain, m.ReachedOn, m.AddedByID, m.CreatedAt, m.UpdatedAt)
	if err != nil {
		return fmt.Errorf("insert milestone: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO progress_timeline (id, student_id, kind, occurred_on, recorded_at, milestone_id)
		VALUES ($1, $2, 'MILESTONE', $3::text::date, $4, $5)`, entry, m.StudentID, m.ReachedOn, m.CreatedAt, m.ID)
	if err != nil {
		return fmt.Errorf("insert entry of milestone: %w", err)
	}
	return nil
}

func (s *postgresStore) Change(ctx context.Context, id string, rule func(*Milestone) error) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+milestoneColumns+` FROM milestones m WHERE m.id = $1 FOR UPDATE`, id)
		if err != nil {
			return fmt.Errorf("read milestone %s: %w", id, err)
		}
		m, err := pgx.CollectExactlyOneRow(rows, scanMilestone)
		if errors.Is(err, pgx.ErrNoRows) {
			return missing(id)
		}
		if err != nil {
			return fmt.Errorf("read milestone %s: %w", id, err)
		}
		if err := rule(m); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `WITH entry AS (UPDATE progress_timeline SET occurred_on = $5::text::date WHERE milestone_id = $1)
			UPDATE milestones SET title = $2, note = $3, domain = $4::text::language_domain, reached_on = $5::text::date, updated_at = $6 WHERE id = $1`,
			id, m.Title, m.Note, m.Domain, m.ReachedOn, m.UpdatedAt)
		if err != nil {
			return fmt.Errorf("save milestone %s: %w", id, err)
		}
		return nil
	})
}

func (s *postgresStore) Remove(ctx context.Context, id string) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM milestones WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("delete milestone %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return missing(id)
	}
	return nil
}

func missing(id string) error { return fault.New(fault.NotFound, "There is no milestone %q.", id) }
