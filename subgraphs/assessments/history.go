package assessments

import (
	"slices"
	"time"

	"heddle/internal/batch"
)

// changesKept is how many changes an assessment remembers.
const changesKept = 100

// AssessmentChange is a change of an assessment: who, when, what.
type AssessmentChange struct {
	At     time.Time                `bson:"at"`
	Person *string                  `bson:"by"` // nil once their account is gone
	Kind   AssessmentChangeKind     `bson:"kind"`
	Fields []*AssessmentFieldChange `bson:"fields"`

	Number                        int `bson:"number"` // from 1
	batch.Peer[*AssessmentChange] `bson:"-"`
}

// By is who made the change, if their account is there.
func (c *AssessmentChange) By() *User { return user(c.Person) }

// newest gives the changes as they are shown.
func (a *Assessment) newest() []*AssessmentChange {
	all := slices.Clone(a.Changes)
	slices.Reverse(all)
	return all
}

// remember adds a change, and drops the oldest of more than are kept.
func (a *Assessment) remember(c AssessmentChange) {
	c.Number = 1
	if n := len(a.Changes); n > 0 {
		c.Number = a.Changes[n-1].Number + 1
	}
	a.Changes = append(a.Changes, &c)
	a.Changes = a.Changes[max(0, len(a.Changes)-changesKept):]
}

// differences lists what is other in the second assessment.
func (a *Assessment) differences(b *Assessment) []*AssessmentFieldChange {
	var fields []*AssessmentFieldChange
	differ := func(name string, from, to *string) {
		if (from == nil) != (to == nil) || from != nil && *from != *to {
			fields = append(fields, &AssessmentFieldChange{Field: name, From: from, To: to})
		}
	}
	differ("testDate", text(a.TestDate), text(b.TestDate))
	differ("scores.listening", a.Scores.ListeningLevel.text(), b.Scores.ListeningLevel.text())
	differ("scores.speaking", a.Scores.SpeakingLevel.text(), b.Scores.SpeakingLevel.text())
	differ("scores.reading", a.Scores.ReadingLevel.text(), b.Scores.ReadingLevel.text())
	differ("scores.writing", a.Scores.WritingLevel.text(), b.Scores.WritingLevel.text())
	differ("ellStatus", a.StatusSet.text(), b.StatusSet.text())
	return fields
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (l *Level) text() *string {
	if l == nil {
		return nil
	}
	return text(l.String())
}

func (s *EllStatus) text() *string {
	if s == nil {
		return nil
	}
	return text(string(*s))
}
