package progress_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/enrolment"
)

// told is what the domain assessments says of an assessment.
func told(id, student, day string) variables {
	return variables{"assessmentId": id, "studentId": student, "testDate": day}
}

// TestEvents_in_any_order tells of an assessment before its student's timeline
// is opened, of its change before it itself, and twice.
func TestEvents_in_any_order(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student, assessment := w.Student(ada), w.Env.NewID()
	w.PublishWith("assessment.updated", assessment, told(assessment, student, "2025-02-04"))
	w.Quiet("progress")
	w.PublishWith("assessment.recorded", assessment, told(assessment, student, "2025-02-05"))
	w.Quiet("progress")
	w.Publish("student.created", student)
	w.Quiet("progress")
	w.Publish("student.created", student)
	w.Quiet("progress")
	got := w.students(ada, nil, student)[0]
	kinds := map[string]int{}
	for _, edge := range got.Progress.Edges {
		kinds[edge.Node.Kind]++
		if edge.Node.Kind == "ASSESSMENT" && (edge.Node.Assessment.ID != assessment || edge.Node.OccurredOn != "2025-02-05") {
			t.Errorf("the assessment is %+v", edge.Node)
		}
	}
	if diff := cmp.Diff(map[string]int{"ASSESSMENT": 1, "ENROLLED": 1}, kinds); diff != "" || got.Progress.TotalCount != 2 {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func TestEvents_assessment_deleted(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student, assessment := w.Student(ada), w.Env.NewID()
	w.PublishWith("assessment.recorded", assessment, told(assessment, student, "2025-02-05"))
	w.Quiet("progress")
	w.PublishWith("assessment.deleted", assessment, told(assessment, student, ""))
	w.Quiet("progress")
	w.PublishWith("assessment.updated", assessment, told(assessment, student, "2025-02-06")) // replayed
	w.Quiet("progress")
	if got := w.students(ada, nil, student)[0]; got.Progress.TotalCount != 0 {
		t.Errorf("timeline %v, want nothing", got.timeline())
	}
}

// TestEvents_student_deleted forgets a student, whatever comes afterwards.
func TestEvents_student_deleted(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student, other := w.Student(ada), w.Student(ada)
	w.add(ada, student, "Read a book", nil)
	w.add(ada, other, "Read two", nil)
	w.Publish("student.created", student)
	w.Quiet("progress")
	w.Publish("student.deleted", student)
	w.Quiet("progress")
	refused := w.progress.Refused(ada, addMilestone, variables{"in": variables{"studentId": student, "title": "Too late"}})
	if refused.Code != "NOT_FOUND" || refused.Message != enrolment.Missing(student).Error() {
		t.Errorf("a milestone that was on its way: %+v", refused)
	}
	late := w.Env.NewID()
	w.PublishWith("assessment.recorded", late, told(late, student, "2025-02-05"))
	w.Publish("student.created", student)
	w.Quiet("progress")
	if found := w.traces(student); len(found) > 0 {
		t.Errorf("traces of the student in %v", found)
	}
	if got := w.students(ada, nil, other)[0]; got.Milestones.TotalCount != 1 {
		t.Errorf("another student has %+v", got)
	}
}

// TestEvents_user_deleted takes a person off what they have added, also off what
// was on its way.
func TestEvents_user_deleted(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	student := w.Student(ada, grace)
	added := w.add(ada, student, "Read a book", variables{"idempotencyKey": "k"})
	w.Publish("user.deleted", ada.ID)
	w.Quiet("progress")
	if got := w.read(grace, added.ID); got == nil || got.AddedBy != nil || got.Title != "Read a book" {
		t.Errorf("the milestone is %+v", got)
	}
	if late := w.progress.Refused(ada, addMilestone, variables{"in": variables{"studentId": student, "title": "Too late"}}); late.Code != "UNAUTHENTICATED" {
		t.Errorf("a milestone that was on its way: %+v", late)
	}
	if found := w.traces(ada.ID); len(found) > 0 {
		t.Errorf("traces of the person in %v", found)
	}
}
