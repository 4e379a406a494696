package students

import (
	"encoding/json"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
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
	Changes   history   `bson:"history"`
}

// history is kept as one text: a list need not take apart what it does not show.
type history []Change

// MarshalBSONValue writes the history as JSON.
func (h history) MarshalBSONValue() (kind byte, value []byte, err error) {
	text, err := json.Marshal([]Change(h))
	if err != nil {
		return 0, nil, err
	}
	t, value, err := bson.MarshalValue(string(text))
	return byte(t), value, err
}

// UnmarshalBSONValue reads what MarshalBSONValue writes.
func (h *history) UnmarshalBSONValue(kind byte, value []byte) error {
	text, ok := bson.RawValue{Type: bson.Type(kind), Value: value}.StringValueOK()
	if !ok {
		return errors.New("the history of a record is not a text")
	}
	return json.Unmarshal([]byte(text), (*[]Change)(h))
}

// Change is one change of a record: who did it, when, and what.
type Change struct {
	At     time.Time    `json:"at"`
	By     string       `json:"by"` // empty if there is no such account any more
	Kind   string       `json:"kind"`
	Fields []Difference `json:"fields"`
	Import string       `json:"import,omitempty"` // import and line of the row that did it
}

// Difference is what one field was and became, as it is shown.
type Difference struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
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
