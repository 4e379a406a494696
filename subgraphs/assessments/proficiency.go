package assessments

import (
	"math"

	"heddle/internal/batch"
)

// Proficiency is how well a student knows English, as far as it was assessed:
// what all assessments say, kept beside them so that it is read at once.
type Proficiency struct {
	StudentID string               `bson:"_id"`
	Revision  int                  `bson:"revision"` // counts how often it was written
	Records   []*ProficiencyRecord `bson:"records"`  // oldest first

	student                  *Student // whom it is of, where it is shown
	batch.Peer[*Proficiency] `bson:"-"`
}

// ProficiencyRecord is what one assessment said.
type ProficiencyRecord struct {
	AssessmentID string    `bson:"assessmentId"`
	TestDate     string    `bson:"testDate"`
	Overall      *Level    `bson:"level"`
	EllStatus    EllStatus `bson:"ellStatus"`

	before                         *Level // the level before; set where records are shown
	student                        *Student
	batch.Peer[*ProficiencyRecord] `bson:"-"`
}

// records says what each of the assessments said; the oldest comes first.
func records(oldest []*Assessment) []*ProficiencyRecord {
	all := make([]*ProficiencyRecord, len(oldest))
	for i, a := range oldest {
		all[i] = &ProficiencyRecord{AssessmentID: a.ID, TestDate: a.TestDate, Overall: a.Scores.Overall(), EllStatus: a.EllStatus}
	}
	return all
}

// latest is the latest record that has a level, nil if none has.
func (p *Proficiency) latest() *Level {
	for i := len(p.Records) - 1; i >= 0; i-- {
		if p.Records[i].Overall != nil {
			return p.Records[i].Overall
		}
	}
	return nil
}

func (p *Proficiency) last() *ProficiencyRecord { return p.Records[len(p.Records)-1] }

// Level is the latest overall level.
func (p *Proficiency) Level() *float64 { return p.latest().float() }

// Stage is the name of the latest overall level.
func (p *Proficiency) Stage() *ProficiencyStage { return p.latest().stage() }

// EllStatus is the status with which the latest assessment left the student.
func (p *Proficiency) EllStatus() EllStatus { return p.last().EllStatus }

// AsOf is the day of the latest assessment.
func (p *Proficiency) AsOf() string { return p.last().TestDate }

// newest gives the records as they are shown.
func (p *Proficiency) newest() []*ProficiencyRecord {
	all := make([]*ProficiencyRecord, len(p.Records))
	var before *Level
	for i, r := range p.Records {
		r.before, r.student = before, p.student
		if r.Overall != nil {
			before = r.Overall
		}
		all[len(all)-1-i] = r
	}
	return all
}

// Level is the overall level.
func (r *ProficiencyRecord) Level() *float64 { return r.Overall.float() }

// Stage is the name of the overall level.
func (r *ProficiencyRecord) Stage() *ProficiencyStage { return r.Overall.stage() }

// Gain is by how much the level rose.
func (r *ProficiencyRecord) Gain() *float64 {
	if r.Overall == nil || r.before == nil {
		return nil
	}
	gain := math.Round(float64(*r.Overall-*r.before)) / 10
	return &gain
}
