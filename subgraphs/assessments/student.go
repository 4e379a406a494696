package assessments

import (
	"heddle/internal/batch"
	"heddle/internal/enrolment"
)

// Student is a student of the domain students, as far as this one knows: with
// what the caller may do.
type Student struct {
	ID     string
	access enrolment.Access
	batch.Peer[*Student]
}

// IsEntity says that this domain adds to students.
func (*Student) IsEntity() {}
