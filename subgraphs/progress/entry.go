package progress

import (
	"time"

	"heddle/internal/batch"
)

// ProgressEntry is something that has happened on a student's way.
type ProgressEntry struct {
	ID           string
	StudentID    string
	Kind         ProgressKind
	OccurredOn   string
	RecordedAt   time.Time
	AssessmentID *string
	Milestone    *Milestone

	batch.Peer[*ProgressEntry]
}

// Assessment is the assessment that the entry is of, if it is of one.
func (e *ProgressEntry) Assessment() *Assessment {
	if e.AssessmentID == nil {
		return nil
	}
	return &Assessment{ID: *e.AssessmentID}
}
