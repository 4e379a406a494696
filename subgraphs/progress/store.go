package progress

import (
	"context"

	"heddle/internal/page"
)

// Store keeps the timelines and milestones. What is read of students is given
// by the student's id.
type Store interface {
	// Entries reads a page of each student's timeline, newest first.
	Entries(ctx context.Context, students []string, filter ProgressFilter, w page.Window) (map[string][]*ProgressEntry, error)
	CountEntries(ctx context.Context, students []string, filter ProgressFilter) (map[string]int, error)
	// OfStudents reads a page of each student's milestones, newest first.
	OfStudents(ctx context.Context, students []string, w page.Window) (map[string][]*Milestone, error)
	CountMilestones(ctx context.Context, students []string) (map[string]int, error)
	// Milestones reads milestones by their ids, in that order, nil for what is missing.
	Milestones(ctx context.Context, ids []string) ([]*Milestone, error)

	// Add keeps a new milestone, with its entry of the id given. The same
	// idempotency key gives the milestone that the first call made.
	Add(ctx context.Context, m *Milestone, entry string, key *string, in AddMilestoneInput) (id string, err error)
	// Change reads a milestone, applies the rule, and keeps what it changed, all in
	// one transaction that nobody else's change of the milestone can cross.
	Change(ctx context.Context, id string, rule func(*Milestone) error) error
	// Remove deletes a milestone, and its entry.
	Remove(ctx context.Context, id string) error
}
