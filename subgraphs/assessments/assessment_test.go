package assessments_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/subgraph/subgraphtest"
)

func TestCreateAssessment(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	made := w.record(ada, student, "2025-02-03", variables{"listening": 6.0, "speaking": 6.0, "reading": 5.0, "writing": 3.8})
	f := func(v float64) *float64 { return &v }
	stage := "EXPANDING"
	want := map[string]*float64{
		"listening": f(6), "speaking": f(6), "reading": f(5), "writing": f(3.8), "oralLanguage": f(6), "literacy": f(4.4), "comprehension": f(5.3),
	}
	if diff := cmp.Diff(want, made.Scores); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	if made.StudentID != student || made.Student.ID != student || made.TestDate != "2025-02-03" || *made.CompositeLevel != 4.9 ||
		*made.Stage != stage || made.EllStatus != "ELL" || made.EllStatusIsSet || made.RecordedBy.ID != ada.ID || made.CreatedAt != made.UpdatedAt {
		t.Errorf("made %+v", made)
	}
	if diff := cmp.Diff(&made, w.read(ada, made.ID)); diff != "" {
		t.Errorf("read again (-made +read):\n%s", diff)
	}
}

func TestCreateAssessment_bad_input(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	tomorrow := w.clock.Now().AddDate(0, 0, 2).Format("2006-01-02")
	const scale = "A proficiency level is between 1.0 and 6.0, in steps of 0.1; this one is "
	for _, c := range []struct {
		name string
		in   variables
		want problem
	}{
		{"too high", variables{"scores": variables{"reading": 6.1}}, problem{Message: scale + "6.1.", Field: "scores.reading"}},
		{"too low", variables{"scores": variables{"writing": 0.9}}, problem{Message: scale + "0.9.", Field: "scores.writing"}},
		{"between steps", variables{"scores": variables{"speaking": 3.75}}, problem{Message: scale + "3.75.", Field: "scores.speaking"}},
		{"nothing tested", variables{"scores": variables{}}, problem{Message: "An assessment has the level of at least one language domain.", Field: "scores"}},
		{"nothing but nulls", variables{"scores": variables{"reading": nil}}, problem{Message: "An assessment has the level of at least one language domain.", Field: "scores"}},
		{"in the future", variables{"testDate": tomorrow}, problem{Message: "An assessment is recorded when it has been taken; " + tomorrow + " is in the future.", Field: "testDate"}},
		{"an empty key", variables{"idempotencyKey": ""}, problem{Message: "An idempotency key has 1 to 255 characters, none of them NUL.", Field: "idempotencyKey"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := variables{"studentId": student, "testDate": "2025-02-03", "scores": all(3)}
			for name, value := range c.in {
				in[name] = value
			}
			c.want.Code, c.want.Path = "BAD_USER_INPUT", "createAssessment"
			if diff := cmp.Diff(c.want, w.assessments.Refused(ada, createAssessment, variables{"in": in})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := w.students(ada, nil, student)[0]; got.Assessments.TotalCount != 0 || got.Proficiency != nil || got.LatestAssessment != nil {
		t.Errorf("kept %+v, want nothing", got)
	}
}

// TestUpdateAssessment changes parts, and leaves the rest: what follows changes
// with them, of later assessments as well.
func TestUpdateAssessment(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	student := w.Student(ada, grace)
	first := w.record(ada, student, "2024-02-05", all(2))
	second := w.record(ada, student, "2025-02-03", all(5.1))
	if second.EllStatus != "MONITORED" {
		t.Fatalf("after a learner's 5.1: %s", second.EllStatus)
	}
	w.clock.Move(time.Second)
	changed := w.update(grace, first.ID, variables{"scores": variables{"listening": 6.0, "speaking": nil}, "testDate": "2024-02-06"})
	if changed.TestDate != "2024-02-06" || *changed.Scores["listening"] != 6 || changed.Scores["speaking"] != nil || *changed.Scores["reading"] != 2 ||
		changed.CompositeLevel != nil || changed.UpdatedAt == changed.CreatedAt || changed.RecordedBy.ID != ada.ID {
		t.Errorf("changed %+v", changed)
	}
	text := func(s string) *string { return &s }
	last := changed.History.Edges[0].Node
	if changed.History.TotalCount != 2 || last.By.ID != grace.ID || last.Kind != "UPDATED" || last.At != changed.UpdatedAt {
		t.Errorf("history %+v", changed.History)
	}
	want := []struct {
		Field    string
		From, To *string
	}{{"testDate", text("2024-02-05"), text("2024-02-06")}, {"scores.listening", text("2.0"), text("6.0")}, {"scores.speaking", text("2.0"), nil}}
	if diff := cmp.Diff(want, last.Fields); diff != "" {
		t.Errorf("what was changed (-want +got):\n%s", diff)
	}
	if same := w.update(grace, first.ID, variables{"testDate": "2024-02-06"}); same.History.TotalCount != 2 || same.UpdatedAt != changed.UpdatedAt {
		t.Errorf("a change that changes nothing: %+v", same)
	}

	set := w.update(ada, first.ID, variables{"ellStatus": "INITIALLY_FLUENT"})
	if !set.EllStatusIsSet || set.EllStatus != "INITIALLY_FLUENT" || w.read(ada, second.ID).EllStatus != "INITIALLY_FLUENT" {
		t.Errorf("set %+v, and then %+v", set, w.read(ada, second.ID))
	}
	follows := w.update(ada, first.ID, variables{"ellStatus": nil})
	if follows.EllStatusIsSet || follows.EllStatus != "ELL" || w.read(ada, second.ID).EllStatus != "MONITORED" {
		t.Errorf("follows again: %+v", follows)
	}
}

func TestProficiency(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student, other := w.Student(ada), w.Student(ada)
	w.record(ada, student, "2024-02-05", all(2.5))
	latest := w.record(ada, student, "2026-02-02", variables{"reading": 5.5})
	w.record(ada, student, "2025-02-03", all(5.2)) // later than the one after it
	got := w.students(ada, nil, other, student)
	if got[0].Proficiency != nil || got[0].LatestAssessment != nil {
		t.Errorf("of a student without assessments: %+v", got[0])
	}
	p := got[1].Proficiency
	if number(p.Level) != "5.2" || *p.Stage != "BRIDGING" || p.EllStatus != "MONITORED" || p.AsOf != "2026-02-02" || p.History.TotalCount != 3 {
		t.Errorf("proficiency %+v", p)
	}
	if want := "2026-02-02 - MONITORED -, 2025-02-03 5.2 MONITORED 2.7, 2024-02-05 2.5 ELL -"; got[1].history() != want {
		t.Errorf("history %s, want %s", got[1].history(), want)
	}
	if got[1].LatestAssessment.ID != latest.ID || got[1].days() != "2026-02-02 2025-02-03 2024-02-05" {
		t.Errorf("assessments %+v", got[1])
	}
}

// TestStudent_assessments_pages walks the list in both directions.
func TestStudent_assessments_pages(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	for _, day := range []string{"2025-05-01", "2025-01-01", "2025-03-01", "2025-02-01", "2025-04-01"} {
		w.record(ada, student, day, all(3))
	}
	walk := func(page variables, cursor, from string) (all []string) {
		for {
			s := w.students(ada, page, student)[0]
			all = append(all, s.days())
			more, at := s.Assessments.PageInfo.HasNextPage, s.Assessments.PageInfo.EndCursor
			if from == "start" {
				more, at = s.Assessments.PageInfo.HasPreviousPage, s.Assessments.PageInfo.StartCursor
			}
			if !more {
				return all
			}
			page[cursor] = *at
		}
	}
	if diff := cmp.Diff([]string{"2025-05-01 2025-04-01", "2025-03-01 2025-02-01", "2025-01-01"}, walk(variables{"first": 2}, "after", "end")); diff != "" {
		t.Errorf("forwards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2025-02-01 2025-01-01", "2025-04-01 2025-03-01", "2025-05-01"}, walk(variables{"last": 2}, "before", "start")); diff != "" {
		t.Errorf("backwards (-want +got):\n%s", diff)
	}
	bad := w.assessments.Do(ada, ofStudents, variables{"students": subgraphtest.References("Student", student), "first": 2, "after": "bm9wZQ"})
	if len(bad.Errors) != 1 || bad.Errors[0].Code != "BAD_USER_INPUT" || !strings.Contains(bad.Errors[0].Message, "is not a cursor of this list") {
		t.Errorf("a wrong cursor: %+v", bad.Errors)
	}
}

func TestDeleteAssessment(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	first := w.record(ada, student, "2025-02-03", all(2))
	second := w.record(ada, student, "2026-02-02", all(3))
	var deleted struct {
		DeleteAssessment struct {
			DeletedAssessmentID string
			Student             struct {
				ID          string
				Proficiency struct{ Level float64 }
			}
		}
	}
	w.assessments.Get(ada, deleteAssessment, variables{"in": variables{"assessmentId": second.ID}}, &deleted)
	if d := deleted.DeleteAssessment; d.DeletedAssessmentID != second.ID || d.Student.ID != student || d.Student.Proficiency.Level != 2 {
		t.Errorf("deleted %+v", d)
	}
	if got := w.students(ada, nil, student)[0]; got.days() != "2025-02-03" || got.history() != "2025-02-03 2 ELL -" || w.read(ada, second.ID) != nil {
		t.Errorf("left %+v", got)
	}
	again := w.assessments.Refused(ada, deleteAssessment, variables{"in": variables{"assessmentId": second.ID}})
	if again.Code != "NOT_FOUND" || again.Message != `There is no assessment "`+second.ID+`".` {
		t.Errorf("again: %+v", again)
	}
	w.record(ada, student, "2026-02-02", all(4)) // the day is free again
	if got := w.students(ada, nil, student)[0]; got.days() != "2026-02-02 2025-02-03" || got.Assessments.Edges[1].Node.ID != first.ID {
		t.Errorf("afterwards %+v", got)
	}
}
