package students

import (
	"slices"
	"strconv"
	"time"

	"heddle/internal/batch"
	"heddle/internal/page"
)

// Student is a record as somebody sees it.
type Student struct {
	Record
	viewer StudentAccess
	batch.Peer[*Student]
}

// IsEntity says that other domains may refer to a student by its id.
func (*Student) IsEntity() {}

// personal tells whether the viewer sees the personal fields.
func (s *Student) personal() bool { return s.viewer == StudentAccessPersonal }

// ViewerAccess is what the viewer may do with the record.
func (s *Student) ViewerAccess() StudentAccess { return s.viewer }

// Teacher is who teaches the student, if anybody does.
func (s *Student) Teacher() *User { return user(s.TeacherID) }

// Photo is the student's picture, if there is one.
func (s *Student) Photo() *Media {
	if s.PhotoID == "" {
		return nil
	}
	return &Media{ID: s.PhotoID}
}

// Gender of the student, if it is known.
func (s *Student) Gender() *Gender { return known(Gender(s.Record.Gender)) }

// GradeLevel of the student, if it is known.
func (s *Student) GradeLevel() *GradeLevel { return known(GradeLevel(showGrade(s.Grade))) }

// NativeLanguage of the student, if it is known.
func (s *Student) NativeLanguage() *string { return known(s.Record.NativeLanguage) }

// Race of the student, if it is known and the viewer may see it.
func (s *Student) Race() *Race { return private(s, Race(s.Record.Race)) }

// DateOfBirth of the student, if it is known and the viewer may see it.
func (s *Student) DateOfBirth() *string { return private(s, s.Record.DateOfBirth) }

// CityOfBirth of the student, if it is known and the viewer may see it.
func (s *Student) CityOfBirth() *string { return private(s, s.Record.CityOfBirth) }

// CountryOfBirth of the student, if it is known and the viewer may see it.
func (s *Student) CountryOfBirth() *string { return private(s, s.Record.CountryOfBirth) }

func private[T ~string](s *Student, value T) *T {
	if !s.personal() {
		return nil
	}
	return known(value)
}

func known[T ~string](value T) *T {
	if value == "" {
		return nil
	}
	return &value
}

func user(id string) *User {
	if id == "" {
		return nil
	}
	return &User{ID: id}
}

// StudentChange is a change of a record as somebody sees it.
type StudentChange struct {
	At     time.Time
	By     *User
	Kind   StudentChangeKind
	Fields []*FieldChange
	number int // its place in the history, from 0
	batch.Peer[*StudentChange]
}

// changes are the changes that the viewer sees, newest first: without what they
// may not see, and for those who may change the record alone.
func (s *Student) changes() []*StudentChange {
	var seen []*StudentChange
	if s.viewer != StudentAccessPersonal && s.viewer != StudentAccessWrite {
		return nil
	}
	for i := len(s.Changes) - 1; i >= 0; i-- {
		c := s.Changes[i]
		shown := &StudentChange{At: c.At, By: user(c.By), Kind: StudentChangeKind(c.Kind), number: i}
		for _, f := range c.Fields {
			if def := fieldNamed(f.Field); s.personal() || def != nil && !def.personal {
				shown.Fields = append(shown.Fields, &FieldChange{Field: f.Field, From: known(f.From), To: known(f.To)})
			}
		}
		if len(shown.Fields) > 0 {
			seen = append(seen, shown)
		}
	}
	return seen
}

// within are the changes in the window, in reading order, with one more if
// there is one.
func within(w page.Window, changes []*StudentChange) []*StudentChange {
	var all []*StudentChange
	for _, c := range changes { // newest first, so that numbers fall
		if (w.After == nil || c.number < number(w.After)) && (w.Before == nil || c.number > number(w.Before)) {
			all = append(all, c)
		}
	}
	if w.Backward {
		slices.Reverse(all)
	}
	return all[:min(len(all), w.Limit+1)]
}

func number(key page.Key) int {
	n, _ := strconv.Atoi(key[0]) // the key's kind is checked
	return n
}
