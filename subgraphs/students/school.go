package students

import (
	"slices"
	"strings"
	"time"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// School is a school, with those who see and change its students.
type School struct {
	ID        string    `bson:"_id"`
	Name      string    `bson:"name"`
	TeacherID []string  `bson:"teachers"` // in the order in which they came
	CreatedAt time.Time `bson:"createdAt"`
	Version   int64     `bson:"version"`

	viewer              viewer
	batch.Peer[*School] `bson:"-"`
}

// IsEntity says that other domains may refer to a school by its id.
func (*School) IsEntity() {}

// Teachers are those who see and change the school's students, for those who do.
func (s *School) Teachers() []*User {
	if !s.viewer.teaches(s.ID) {
		return nil
	}
	users := make([]*User, len(s.TeacherID))
	for i, id := range s.TeacherID {
		users[i] = &User{ID: id}
	}
	return users
}

// NewSchool makes a school without teachers.
func NewSchool(id, name string, now time.Time) (*School, error) {
	s := &School{ID: id, CreatedAt: now, TeacherID: []string{}}
	return s, s.Rename(name)
}

// Rename gives the school another name.
func (s *School) Rename(name string) error {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		return fault.Field("name", "A school has a name; it may not be empty.")
	}
	name, err := text(nameLimit)("name", name)
	s.Name = name
	return err
}

// Add lets a person see and change the school's students.
func (s *School) Add(teacher string) {
	if !slices.Contains(s.TeacherID, teacher) {
		s.TeacherID = append(s.TeacherID, teacher)
	}
}

// forget takes a person out of the school who may not be in it.
func (s *School) forget(teacher string) {
	s.TeacherID = slices.DeleteFunc(s.TeacherID, func(id string) bool { return id == teacher })
}

// Remove takes a teacher out of the school.
func (s *School) Remove(teacher string) error {
	if !slices.Contains(s.TeacherID, teacher) {
		return fault.New(fault.NotFound, "There is no teacher %q at school %q.", teacher, s.Name).With("field", "userId")
	}
	s.forget(teacher)
	return nil
}

// assign settles who teaches a student of the school: a teacher of the school,
// or nobody. If it is not said, it is the person themselves, if they are one.
func (s *School) assign(given Fields, by string) error {
	teacher, said := given["teacherId"]
	if !said && slices.Contains(s.TeacherID, by) {
		given["teacherId"] = by
	}
	if teacher != "" && !slices.Contains(s.TeacherID, teacher) {
		return fault.Field("teacherId", "There is no teacher %q at school %q.", teacher, s.Name)
	}
	return nil
}
