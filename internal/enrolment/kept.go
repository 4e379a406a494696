package enrolment

import (
	"context"
	"slices"

	"heddle/internal/ask"
	"heddle/internal/caller"
)

// Kept is embedded in what a domain keeps of a student.
type Kept struct {
	StudentID string `bson:"studentId"`

	viewed *Student // as the caller sees them; nil if nobody has asked
}

// KeptOf is what is kept of the student, as the caller sees them.
func KeptOf(s *Student) Kept { return Kept{StudentID: s.ID, viewed: s} }

// Student is whom it is kept of.
func (k *Kept) Student() *Student {
	if k.viewed != nil {
		return k.viewed
	}
	return &Student{ID: k.StudentID}
}

// SeenWith has it be shown together with the student, as the caller sees them.
func (k *Kept) SeenWith(s *Student) { k.viewed = s }

func (k *Kept) kept() *Kept { return k }

// Record is a pointer to a type that embeds Kept.
type Record interface {
	comparable
	kept() *Kept
}

// Readable reads records by their ids, with read, which gives them in the order
// of the ids: nil for those that the caller may not see, as for those that are
// not there.
func Readable[R Record](ctx context.Context, graph *ask.Graph, ids []string, read func(ctx context.Context, ids []string) ([]R, error)) ([]R, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	records, err := read(ctx, ids)
	if err != nil {
		return nil, err
	}
	var missing R
	var students []string
	for _, r := range records {
		if r != missing {
			students = append(students, r.kept().StudentID)
		}
	}
	slices.Sort(students)
	students = slices.Compact(students)
	if len(students) == 0 {
		return records, nil
	}
	viewed, err := View(ctx, graph, students)
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		if r == missing {
			continue
		}
		place, _ := slices.BinarySearch(students, r.kept().StudentID)
		s := viewed[place]
		if !s.Access.Sees() {
			records[i] = missing
			continue
		}
		r.kept().SeenWith(s)
	}
	return records, nil
}

// Changeable reads a record that the caller, a person, may change; absent says
// that there is none, or none for the caller.
func Changeable[R Record](ctx context.Context, graph *ask.Graph, id string, read func(ctx context.Context, ids []string) ([]R, error), absent func(id string) error) (R, error) {
	var missing R
	if _, err := caller.RequirePerson(ctx); err != nil {
		return missing, err
	}
	records, err := Readable(ctx, graph, []string{id}, read)
	if err != nil {
		return missing, err
	}
	if records[0] == missing {
		return missing, absent(id)
	}
	return records[0], nil
}
