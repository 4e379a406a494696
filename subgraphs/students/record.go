package students

import (
	"time"
)

// Record is what is kept of a student. A text that is not known is empty.
type Record struct {
	ID             string `bson:"_id"`
	SchoolID       string `bson:"schoolId"`
	StudentID      string `bson:"studentId"` // the school's own number, unique there
	FullName       string `bson:"fullName"`
	TeacherID      string `bson:"teacherId"`
	Gender         string `bson:"gender"`
	Grade          string `bson:"grade"` // see gradeOf
	NativeLanguage string `bson:"nativeLanguage"`
	Race           string `bson:"race"`
	DateOfBirth    string `bson:"dateOfBirth"`
	CityOfBirth    string `bson:"cityOfBirth"`
	CountryOfBirth string `bson:"countryOfBirth"`
	PhotoID        string `bson:"photoId"`

	CreatedAt time.Time `bson:"createdAt"`
	UpdatedAt time.Time `bson:"updatedAt"`
	Version   int64     `bson:"version"` // counts the changes
	Changes   []Change  `bson:"history"`
}

// Change is one change of a record: who did it, when, and what.
type Change struct {
	At     time.Time    `bson:"at"`
	By     string       `bson:"by"` // empty if there is no such account any more
	Kind   string       `bson:"kind"`
	Fields []Difference `bson:"fields"`
	Import string       `bson:"import,omitempty"` // import and line of the row that did it
}

// Difference is what one field was and became, as it is shown.
type Difference struct {
	Field string `bson:"field"`
	From  string `bson:"from"`
	To    string `bson:"to"`
}

// NewRecord enrols a student at a school.
func NewRecord(id, school string, fields Fields, by string, now time.Time) (*Record, error) {
	r := &Record{ID: id, SchoolID: school, CreatedAt: now}
	if err := r.set(fields, true, now); err != nil {
		return nil, err
	}
	r.note(StudentChangeKindCreated, by, now, r.differences(&Record{}))
	return r, nil
}

// Edit changes what is given, and notes who changed what. It tells which fields
// became another; nothing is noted if none did.
func (r *Record) Edit(fields Fields, by string, now time.Time) (changed []string, err error) {
	before := *r
	if err := r.set(fields, false, now); err != nil {
		return nil, err
	}
	differences := r.differences(&before)
	if len(differences) == 0 {
		return nil, nil
	}
	r.note(StudentChangeKindUpdated, by, now, differences)
	for _, d := range differences {
		changed = append(changed, d.Field)
	}
	return changed, nil
}

func (r *Record) note(kind StudentChangeKind, by string, now time.Time, fields []Difference) {
	r.UpdatedAt = now
	r.Version++
	r.Changes = append(r.Changes, Change{At: now, By: by, Kind: string(kind), Fields: fields})
}

// differences tells in what the record is another than it was.
func (r *Record) differences(before *Record) []Difference {
	var all []Difference
	for _, f := range fields {
		if from, to := *f.of(before), *f.of(r); from != to {
			all = append(all, Difference{Field: f.name, From: f.shown(from), To: f.shown(to)})
		}
	}
	return all
}
