package progress

import "heddle/internal/enrolment"

// Student is a student of the domain students, as far as this one knows.
type Student = enrolment.Student
