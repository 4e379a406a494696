package progress

import (
	"heddle/internal/batch"
	"heddle/internal/enrolment"
)

// Student is a student of the domain students, as far as this one knows: with
// what the caller may do.
type Student struct {
	enrolment.Viewed
	batch.Peer[*Student]
}
