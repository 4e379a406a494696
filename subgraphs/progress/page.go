package progress

import (
	"time"

	"heddle/internal/page"
)

// The connections of the schema, and their edges.
type (
	ProgressEntryConnection struct {
		*page.Connection[ProgressEntryEdge]
	}
	ProgressEntryEdge   page.Edge[*ProgressEntry]
	MilestoneConnection struct {
		*page.Connection[MilestoneEdge]
	}
	MilestoneEdge page.Edge[*Milestone]
)

// day is the kind of a day in a key.
func day(text string) bool {
	t, err := time.Parse(time.DateOnly, text)
	return err == nil && t.Year() > 0
}

// The places of the lists' rows.
func keyOfEntry(e *ProgressEntry) page.Key { return page.Key{e.OccurredOn, e.ID} }
func keyOfMilestone(m *Milestone) page.Key { return page.Key{m.ReachedOn, m.ID} }
