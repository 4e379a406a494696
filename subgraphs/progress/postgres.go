package progress

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/batch"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// postgresStore reads and writes the database education_elly_progress.
type postgresStore struct{ pool *pgxpool.Pool }

// The orders of the domain's lists.
var (
	newestEntry     = postgres.Order{Columns: []string{"e.occurred_on::date", "e.id::uuid"}, Descending: true}
	newestMilestone = postgres.Order{Columns: []string{"m.reached_on::date", "m.id::uuid"}, Descending: true}
)

const (
	milestoneColumns = `m.id, m.student_id, m.title, m.note, m.domain, m.reached_on::text, m.added_by, m.created_at, m.updated_at`
	entryColumns     = `e.id, e.student_id, e.kind, e.occurred_on::text, e.recorded_at, e.assessment_id`
)

func (m *Milestone) fields() []any {
	return []any{&m.ID, &m.StudentID, &m.Title, &m.Note, &m.Domain, &m.ReachedOn, &m.AddedByID, &m.CreatedAt, &m.UpdatedAt}
}

func scanMilestone(row pgx.CollectableRow) (*Milestone, error) {
	var m Milestone
	return &m, row.Scan(m.fields()...)
}

// matching is the condition of a filter, with its arguments after the others.
func (f ProgressFilter) matching(args []any) (where string, all []any) {
	where = "true"
	condition := func(text string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(" AND "+text, len(args))
	}
	if f.Kinds != nil {
		condition(`e.kind = ANY($%d::text[]::progress_kind[])`, f.Kinds)
	}
	if f.From != nil {
		condition(`e.occurred_on >= $%d::text::date`, *f.From)
	}
	if f.To != nil {
		condition(`e.occurred_on <= $%d::text::date`, *f.To)
	}
	return where, args
}

func (s *postgresStore) Entries(ctx context.Context, students []string, filter ProgressFilter, w page.Window) (map[string][]*ProgressEntry, error) {
	matching, args := filter.matching([]any{students})
	where, by, limit, args := newestEntry.Window(w, args)
	rows, err := s.pool.Query(ctx, `
		SELECT `+entryColumns+`, m.id IS NOT NULL, coalesce(m.title, ''), coalesce(m.note, ''), m.domain,
			coalesce(m.reached_on::text, ''), m.added_by, coalesce(m.created_at, e.recorded_at), coalesce(m.updated_at, e.recorded_at), m.id
		FROM unnest($1::uuid[]) AS s(id)
		CROSS JOIN LATERAL (
			SELECT e.* FROM progress_timeline e WHERE e.student_id = s.id AND `+matching+` AND `+where+` ORDER BY `+by+` LIMIT `+limit+`
		) e
		LEFT JOIN milestones m ON m.id = e.milestone_id
		ORDER BY s.id, `+by, args...)
	if err != nil {
		return nil, fmt.Errorf("read timelines: %w", err)
	}
	pages := make(map[string][]*ProgressEntry, len(students))
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("read timelines: %w", err)
	}
	for _, e := range entries {
		pages[e.StudentID] = append(pages[e.StudentID], e)
	}
	return pages, nil
}

func scanEntry(row pgx.CollectableRow) (*ProgressEntry, error) {
	var e ProgressEntry
	var m Milestone
	var isMilestone bool
	var id *string
	err := row.Scan(&e.ID, &e.StudentID, &e.Kind, &e.OccurredOn, &e.RecordedAt, &e.AssessmentID,
		&isMilestone, &m.Title, &m.Note, &m.Domain, &m.ReachedOn, &m.AddedByID, &m.CreatedAt, &m.UpdatedAt, &id)
	if isMilestone {
		m.ID, m.StudentID, e.Milestone = *id, e.StudentID, &m
	}
	return &e, err
}

func (s *postgresStore) CountEntries(ctx context.Context, students []string, filter ProgressFilter) (map[string]int, error) {
	matching, args := filter.matching([]any{students})
	return s.count(ctx, `SELECT e.student_id, count(*) FROM progress_timeline e WHERE e.student_id = ANY($1) AND `+matching+` GROUP BY e.student_id`, args...)
}

func (s *postgresStore) OfStudents(ctx context.Context, students []string, w page.Window) (map[string][]*Milestone, error) {
	where, by, limit, args := newestMilestone.Window(w, []any{students})
	found, err := s.milestones(ctx, `
		SELECT `+milestoneColumns+` FROM unnest($1::uuid[]) AS s(id)
		CROSS JOIN LATERAL (
			SELECT m.* FROM milestones m WHERE m.student_id = s.id AND `+where+` ORDER BY `+by+` LIMIT `+limit+`
		) m
		ORDER BY s.id, `+by, args...)
	pages := make(map[string][]*Milestone, len(students))
	for _, m := range found {
		pages[m.StudentID] = append(pages[m.StudentID], m)
	}
	return pages, err
}

func (s *postgresStore) CountMilestones(ctx context.Context, students []string) (map[string]int, error) {
	return s.count(ctx, `SELECT student_id, count(*) FROM milestones WHERE student_id = ANY($1) GROUP BY student_id`, students)
}

func (s *postgresStore) count(ctx context.Context, sql string, args ...any) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	counts := map[string]int{}
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
	return counts, err
}

func (s *postgresStore) Milestones(ctx context.Context, ids []string) ([]*Milestone, error) {
	found, err := s.milestones(ctx, `SELECT `+milestoneColumns+` FROM milestones m WHERE m.id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	return batch.InOrder(ids, found, func(m *Milestone) string { return m.ID }), nil
}

func (s *postgresStore) milestones(ctx context.Context, sql string, args ...any) ([]*Milestone, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read milestones: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanMilestone)
	if err != nil {
		return nil, fmt.Errorf("read milestones: %w", err)
	}
	return found, nil
}
