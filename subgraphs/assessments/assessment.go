package assessments

import (
	"time"

	"heddle/internal/batch"
	"heddle/internal/enrolment"
	"heddle/internal/fault"
)

// perStudent is how many assessments a student may have.
const perStudent = 200

// Assessment is one assessment of a student.
type Assessment struct {
	ID             string `bson:"_id"`
	enrolment.Kept `bson:",inline"`
	TestDate       string              `bson:"testDate"`
	Scores         Scores              `bson:"scores"`
	StatusSet      *EllStatus          `bson:"statusSet"` // by the school; nil lets it follow
	Recorder       *string             `bson:"recordedBy"`
	Changes        []*AssessmentChange `bson:"changes"` // oldest first
	CreatedAt      time.Time           `bson:"createdAt"`
	UpdatedAt      time.Time           `bson:"updatedAt"`
	Revision       int                 `bson:"revision"` // counts the writes

	EllStatus               EllStatus `bson:"-"` // from those of the same student: follow
	batch.Peer[*Assessment] `bson:"-"`
}

// IsEntity says that other domains may refer to an assessment by its id.
func (*Assessment) IsEntity() {}

// CompositeLevel is the overall level.
func (a *Assessment) CompositeLevel() *float64 { return a.Scores.Overall().float() }

// Stage is the name of the overall level.
func (a *Assessment) Stage() *ProficiencyStage { return a.Scores.Overall().stage() }

// EllStatusIsSet tells whether the school has set the status.
func (a *Assessment) EllStatusIsSet() bool { return a.StatusSet != nil }

// RecordedBy is who recorded the assessment, if their account is there.
func (a *Assessment) RecordedBy() *User { return user(a.Recorder) }

func user(id *string) *User {
	if id == nil {
		return nil
	}
	return &User{ID: *id}
}

func (l *Level) stage() *ProficiencyStage {
	if l == nil {
		return nil
	}
	stage := l.Stage()
	return &stage
}

// NewAssessment makes an assessment that somebody records now.
func NewAssessment(id string, in CreateAssessmentInput, by string, now time.Time) (*Assessment, error) {
	a := &Assessment{ID: id, Kept: enrolment.Kept{StudentID: in.StudentID}, StatusSet: in.EllStatus, Recorder: &by, CreatedAt: now, UpdatedAt: now, Revision: 1}
	if err := a.take(in.TestDate, now); err != nil {
		return nil, err
	}
	if err := a.Scores.take(*in.Scores); err != nil {
		return nil, err
	}
	a.remember(AssessmentChange{At: now, Person: &by, Kind: AssessmentChangeKindRecorded, Fields: (&Assessment{}).differences(a)})
	return a, nil
}

// Edit changes what is given. It tells whether anything is other than before.
func (a *Assessment) Edit(in UpdateAssessmentInput, by string, now time.Time) (changed bool, err error) {
	before := *a
	if in.TestDate != nil {
		if err := a.take(*in.TestDate, now); err != nil {
			return false, err
		}
	}
	if in.Scores != nil {
		if err := a.Scores.take(*in.Scores); err != nil {
			return false, err
		}
	}
	if status, given := in.EllStatus.ValueOK(); given {
		a.StatusSet = status
	}
	fields := before.differences(a)
	if len(fields) == 0 {
		return false, nil
	}
	a.UpdatedAt = now
	a.Revision++
	a.remember(AssessmentChange{At: now, Person: &by, Kind: AssessmentChangeKindUpdated, Fields: fields})
	return true, nil
}

// take sets the day of the test, which is today somewhere on earth at the latest.
func (a *Assessment) take(day string, now time.Time) error {
	if today := now.Add(14 * time.Hour).UTC().Format(time.DateOnly); day > today {
		return fault.Field("testDate", "An assessment is recorded when it has been taken; %s is in the future.", day)
	}
	a.TestDate = day
	return nil
}

// take sets the levels that are given, each of which may be null.
func (s *Scores) take(in ScoresInput) error {
	for _, domain := range []struct {
		name  string
		given func() (*float64, bool)
		level **Level
	}{
		{"scores.listening", in.Listening.ValueOK, &s.ListeningLevel},
		{"scores.speaking", in.Speaking.ValueOK, &s.SpeakingLevel},
		{"scores.reading", in.Reading.ValueOK, &s.ReadingLevel},
		{"scores.writing", in.Writing.ValueOK, &s.WritingLevel},
	} {
		value, given := domain.given()
		switch {
		case !given:
		case value == nil:
			*domain.level = nil
		default:
			level, err := NewLevel(domain.name, *value)
			if err != nil {
				return err
			}
			*domain.level = &level
		}
	}
	if s.ListeningLevel == nil && s.SpeakingLevel == nil && s.ReadingLevel == nil && s.WritingLevel == nil {
		return fault.Field("scores", "An assessment has the level of at least one language domain.")
	}
	return nil
}
