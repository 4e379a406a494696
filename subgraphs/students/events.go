package students

import (
	"context"
	"time"

	"heddle/internal/events"
)

// What the domain publishes. The entity is the student, of teacher.removed the school.
var (
	studentCreated = events.Declare[StudentCreated]("student.created", 1, "A student was enrolled at a school.")
	studentUpdated = events.Declare[StudentUpdated]("student.updated", 1, "A student's record was changed.")
	studentDeleted = events.Declare[StudentDeleted]("student.deleted", 1, "A student's record was deleted; nothing of the student is to be kept anywhere.")
	teacherRemoved = events.Declare[TeacherRemoved]("teacher.removed", 1, "A teacher was taken out of a school; the students there whom they taught have no teacher.")
)

// StudentCreated says who was enrolled where.
type StudentCreated struct {
	StudentID string `json:"studentId"` // the id in the graph, not the school's number
	SchoolID  string `json:"schoolId"`
	TeacherID string `json:"teacherId"` // empty if nobody teaches the student
}

// StudentUpdated says of whom what was changed.
type StudentUpdated struct {
	StudentID string   `json:"studentId"`
	Fields    []string `json:"fields"` // their names, in the words of the schema
}

// StudentDeleted says who is gone.
type StudentDeleted struct {
	StudentID string `json:"studentId"`
	SchoolID  string `json:"schoolId"`
}

// TeacherRemoved says who teaches where no longer.
type TeacherRemoved struct {
	SchoolID string `json:"schoolId"`
	UserID   string `json:"userId"`
}

func (r *Resolvers) created(ctx context.Context, s *Record) (events.Event, error) {
	return studentCreated.New(ctx, r.NewID(), s.CreatedAt, s.ID, StudentCreated{StudentID: s.ID, SchoolID: s.SchoolID, TeacherID: s.TeacherID})
}

func (r *Resolvers) updated(ctx context.Context, s *Record, fields []string, now time.Time) (events.Event, error) {
	return studentUpdated.New(ctx, r.NewID(), now, s.ID, StudentUpdated{StudentID: s.ID, Fields: fields})
}

// handlers are the events that the domain listens to. It hears its own, too: of
// students who are gone, for the reports of imports; and of teachers, should the
// process that took one out have died before all their students had none.
func (r *Resolvers) handlers() map[string]events.DocumentHandler {
	return map[string]events.DocumentHandler{
		"user.deleted": func(ctx context.Context, e events.Event) error { return r.erase(ctx, e.Entity) },
		studentDeleted.Name(): func(ctx context.Context, e events.Event) error {
			about, err := events.Data[StudentDeleted](e)
			if err != nil {
				return err
			}
			return r.Store.ForgetRows(ctx, about.SchoolID, about.StudentID)
		},
		teacherRemoved.Name(): func(ctx context.Context, e events.Event) error {
			about, err := events.Data[TeacherRemoved](e)
			if err != nil {
				return err
			}
			return r.unassign(ctx, about.SchoolID, about.UserID, e.Actor)
		},
	}
}
