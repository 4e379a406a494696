package assessments

import (
	"context"

	"heddle/internal/events"
)

// What the domain publishes. The entity of each is the assessment.
var (
	assessmentRecorded = events.Declare[AssessmentRecorded]("assessment.recorded", 1, "An assessment of a student was recorded.")
	assessmentUpdated  = events.Declare[AssessmentRecorded]("assessment.updated", 1, "An assessment's day, levels or status were changed.")
	assessmentDeleted  = events.Declare[AssessmentDeleted]("assessment.deleted", 1,
		"An assessment was deleted by itself. When its student is deleted, student.deleted says so for all.")
)

// AssessmentRecorded says which assessment there is, and of which day.
type AssessmentRecorded struct {
	AssessmentID string `json:"assessmentId"`
	StudentID    string `json:"studentId"`
	TestDate     string `json:"testDate"` // RFC 3339 full-date
}

// AssessmentDeleted says which assessment is gone.
type AssessmentDeleted struct {
	AssessmentID string `json:"assessmentId"`
	StudentID    string `json:"studentId"`
}

func (r *Resolvers) recorded(ctx context.Context, kind events.Kind[AssessmentRecorded], a *Assessment) (events.Event, error) {
	return kind.New(ctx, r.NewID(), r.Now(), a.ID, AssessmentRecorded{AssessmentID: a.ID, StudentID: a.StudentID, TestDate: a.TestDate})
}

// handlers are the events that the domain listens to: those of others, and its
// own, after which what follows from a student's assessments is put right
// should the process that changed them have died before it did that.
func (s *mongoStore) handlers() map[string]events.DocumentHandler {
	return map[string]events.DocumentHandler{
		"student.deleted":         func(ctx context.Context, e events.Event) error { return s.forget(ctx, e.Entity) },
		"user.deleted":            func(ctx context.Context, e events.Event) error { return s.erase(ctx, e.Entity) },
		assessmentRecorded.Name(): s.changed,
		assessmentUpdated.Name():  s.changed,
		assessmentDeleted.Name():  s.changed,
	}
}

func (s *mongoStore) changed(ctx context.Context, e events.Event) error {
	about, err := events.Data[AssessmentDeleted](e)
	if err != nil {
		return err
	}
	if err := s.settle(ctx, about.StudentID); err != nil {
		return err
	}
	gone, err := s.isErased(ctx, e.Actor)
	if err != nil || !gone {
		return err
	}
	return s.anonymise(ctx, e.Actor)
}
