package assessments

import (
	"context"

	"heddle/internal/events"
)

// Store keeps the assessments, and what follows from them.
type Store interface {
	// Assessments reads assessments by their ids, in that order, nil for what is missing.
	Assessments(ctx context.Context, ids []string) ([]*Assessment, error)
	// OfStudents reads all assessments of each of the students, newest first.
	OfStudents(ctx context.Context, students []string) (map[string][]*Assessment, error)
	// Proficiencies reads what the assessments of each of the students say; a
	// student without any is not in the answer.
	Proficiencies(ctx context.Context, students []string) (map[string]*Proficiency, error)

	// Create keeps a new assessment with the event that tells of it, made for the
	// id that it gets: the same idempotency key gives the assessment that the
	// first call made.
	Create(ctx context.Context, a *Assessment, key *string, in CreateAssessmentInput, recorded func(*Assessment) (events.Event, error)) (id string, err error)
	// Change reads an assessment, applies the rule, and keeps what it changed with
	// the event that the rule gives: nobody else's change can come in between. A
	// rule that gives no event has changed nothing.
	Change(ctx context.Context, id string, rule func(*Assessment) (*events.Event, error)) error
	// Delete deletes an assessment with the event that tells of it.
	Delete(ctx context.Context, a *Assessment, deleted events.Event) error
}
