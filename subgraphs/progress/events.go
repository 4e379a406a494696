package progress

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// The domain publishes no events.

// handlers are the events that the domain listens to. They may come in any
// order: an assessment before the timeline is opened, anything after its
// student is gone.
func (r *Resolvers) handlers() map[string]events.Handler {
	return map[string]events.Handler{
		"student.created":     r.enrolled,
		"student.deleted":     func(ctx context.Context, tx pgx.Tx, e events.Event) error { return forget(ctx, tx, e.Entity) },
		"assessment.recorded": r.assessed,
		"assessment.updated":  r.assessed,
		"assessment.deleted":  r.unassessed,
		"user.deleted":        func(ctx context.Context, tx pgx.Tx, e events.Event) error { return erase(ctx, tx, e.Entity) },
	}
}

// enrolled opens a student's timeline.
func (r *Resolvers) enrolled(ctx context.Context, tx pgx.Tx, e events.Event) error {
	gone, err := beside(ctx, tx, e.Entity)
	if err != nil || gone[e.Entity] {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO progress_timeline (id, student_id, kind, occurred_on, recorded_at)
		VALUES ($1, $2, 'ENROLLED', $3::text::date, $4) ON CONFLICT DO NOTHING`,
		r.NewID(), e.Entity, e.Time.UTC().Format(time.DateOnly), e.Time)
	if err != nil {
		return fmt.Errorf("open the timeline of student %s: %w", e.Entity, err)
	}
	return nil
}

// assessed is what the events of an assessment say of it, as far as is needed here.
type assessed struct {
	StudentID string `json:"studentId"`
	TestDate  string `json:"testDate"`
}

// assessed puts an assessment into the timeline, at its day as it is now.
func (r *Resolvers) assessed(ctx context.Context, tx pgx.Tx, e events.Event) error {
	a, err := events.Data[assessed](e)
	if err != nil {
		return err
	}
	gone, err := beside(ctx, tx, a.StudentID)
	if err != nil || gone[a.StudentID] {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO progress_timeline AS t (id, student_id, kind, occurred_on, recorded_at, assessment_id, told_at)
		SELECT $1, $2, 'ASSESSMENT', $3::text::date, $4, $5, $4 WHERE NOT EXISTS (SELECT FROM gone_assessments WHERE id = $5)
		ON CONFLICT (assessment_id) DO UPDATE SET occurred_on = excluded.occurred_on, told_at = excluded.told_at WHERE t.told_at <= excluded.told_at`,
		r.NewID(), a.StudentID, a.TestDate, e.Time, e.Entity)
	if err != nil {
		return fmt.Errorf("note assessment %s: %w", e.Entity, err)
	}
	return nil
}

// unassessed takes an assessment out of the timeline.
func (r *Resolvers) unassessed(ctx context.Context, tx pgx.Tx, e events.Event) error {
	for _, statement := range []string{
		`INSERT INTO gone_assessments (id, at) VALUES ($1, now()) ON CONFLICT DO NOTHING`,
		`DELETE FROM progress_timeline WHERE assessment_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, e.Entity); err != nil {
			return fmt.Errorf("forget assessment %s: %w", e.Entity, err)
		}
	}
	return nil
}
