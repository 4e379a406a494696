package assessments_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/enrolment"
)

// atOnce runs the functions together and waits for all.
func atOnce(n int, f func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { f(i) })
	}
	group.Wait()
}

// TestStore_Create_at_once records the same day many times at once: one is kept.
func TestStore_Create_at_once(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	codes := make([]string, 8)
	atOnce(len(codes), func(i int) {
		a := w.assessments.Do(ada, createAssessment, variables{"in": variables{"studentId": student, "testDate": "2025-02-03", "scores": all(3)}})
		if len(a.Errors) > 0 {
			codes[i] = a.Errors[0].Code + " " + a.Errors[0].Field
		}
	})
	slices.Sort(codes)
	if want := append([]string{""}, slices.Repeat([]string{"CONFLICT testDate"}, 7)...); !slices.Equal(codes, want) {
		t.Errorf("answers %q, want %q", codes, want)
	}
	if got := w.students(ada, nil, student)[0]; got.Assessments.TotalCount != 1 || got.Proficiency.History.TotalCount != 1 {
		t.Errorf("kept %+v, want one", got)
	}
}

// TestStore_Create_idempotency sends the same request many times at once, and
// then another with its key.
func TestStore_Create_idempotency(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	ids := make([]string, 8)
	atOnce(len(ids), func(i int) {
		ids[i] = w.record(ada, student, "2025-02-03", all(3), variables{"idempotencyKey": "k"}).ID
	})
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("made %v, want one", ids)
	}
	other := w.assessments.Refused(ada, createAssessment, variables{"in": variables{"studentId": student, "testDate": "2025-02-04", "scores": all(3), "idempotencyKey": "k"}})
	if other.Code != "CONFLICT" || other.Field != "idempotencyKey" {
		t.Errorf("another input: %+v", other)
	}
}

// TestStore_settle records, changes and deletes assessments of a student at
// once: what follows is what follows from those that are there.
func TestStore_settle(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	made := make([]assessment, 12)
	atOnce(len(made), func(i int) { made[i] = w.record(ada, student, fmt.Sprintf("2025-%02d-01", i+1), all(2)) })
	atOnce(len(made), func(i int) {
		if i%3 == 0 {
			w.assessments.Get(ada, deleteAssessment, variables{"in": variables{"assessmentId": made[i].ID}}, &map[string]any{})
			return
		}
		w.update(ada, made[i].ID, variables{"scores": all(float64(i)/10 + 2)})
	})
	var want []string
	for i := len(made) - 1; i >= 0; i-- {
		if i%3 != 0 {
			want = append(want, fmt.Sprintf("2025-%02d-01 %s", i+1, number(of(float64(20+i)/10))))
		}
	}
	var got []string
	for _, edge := range w.students(ada, nil, student)[0].Proficiency.History.Edges {
		got = append(got, edge.Node.TestDate+" "+number(edge.Node.Level))
	}
	if !slices.Equal(got, want) {
		t.Errorf("follows %q, want %q", got, want)
	}
}

// TestStore_Change_at_once changes different fields of one assessment at once:
// none is lost, and the history has each.
func TestStore_Change_at_once(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	made := w.record(ada, w.Student(ada), "2025-02-03", all(2))
	domains := []string{"listening", "speaking", "reading", "writing"}
	atOnce(len(domains), func(i int) { w.update(ada, made.ID, variables{"scores": variables{domains[i]: 3 + float64(i)/10}}) })
	got := w.read(ada, made.ID)
	for i, domain := range domains {
		if *got.Scores[domain] != 3+float64(i)/10 {
			t.Errorf("%s is %v", domain, *got.Scores[domain])
		}
	}
	if got.History.TotalCount != 1+len(domains) {
		t.Errorf("%d changes, want %d", got.History.TotalCount, 1+len(domains))
	}
}

func TestUpdateAssessment_to_a_day_that_is_taken(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	w.record(ada, student, "2025-02-03", all(2))
	second := w.record(ada, student, "2026-02-02", all(3))
	refused := w.assessments.Refused(ada, updateAssessment, variables{"in": variables{"assessmentId": second.ID, "testDate": "2025-02-03"}})
	if refused.Code != "CONFLICT" || refused.Field != "testDate" || refused.Message != "The student has an assessment of 2025-02-03 already: change that one." {
		t.Errorf("refused with %+v", refused)
	}
}

// TestEvents_student_deleted forgets a student, also what was on its way when
// the domain heard of it: the events of the assessments themselves.
func TestEvents_student_deleted(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student, other := w.Student(ada), w.Student(ada)
	made := w.record(ada, student, "2025-02-03", all(2), variables{"idempotencyKey": "k"})
	second := w.record(ada, student, "2026-02-02", all(2))
	w.record(ada, other, "2025-02-03", all(2))
	w.Publish("student.deleted", student)
	w.Quiet("assessments")
	late := w.assessments.Refused(ada, createAssessment, variables{"in": variables{"studentId": student, "testDate": "2026-02-03", "scores": all(3)}})
	if late.Code != "NOT_FOUND" || late.Message != enrolment.Missing(student).Error() {
		t.Errorf("an assessment that comes too late: %+v", late)
	}
	w.PublishWith("assessment.updated", made.ID, variables{"assessmentId": made.ID, "studentId": student, "testDate": "2025-02-03"}) // again
	w.Quiet("assessments")
	if found := w.traces(student, "erased"); len(found) > 0 {
		t.Errorf("traces of the student in %v", found)
	}
	if found := w.traces(second.ID, "erased"); len(found) > 0 {
		t.Errorf("an assessment of the student has left something in %v", found)
	}
	if got := w.students(ada, nil, other)[0]; got.Assessments.TotalCount != 1 {
		t.Errorf("another student has %+v", got)
	}
}

// TestEvents_user_deleted takes a person off what they have recorded and changed.
func TestEvents_user_deleted(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	student := w.Student(ada, grace)
	made := w.record(ada, student, "2025-02-03", all(2), variables{"idempotencyKey": "k"})
	w.update(grace, made.ID, variables{"scores": variables{"reading": 3.0}})
	w.Publish("user.deleted", ada.ID)
	w.Quiet("assessments")
	got := w.read(grace, made.ID)
	if got.RecordedBy != nil || got.History.Edges[1].Node.By != nil || got.History.Edges[0].Node.By.ID != grace.ID {
		t.Errorf("afterwards %+v", got)
	}
	if found := w.traces(ada.ID, "erased"); len(found) > 0 {
		t.Errorf("traces of the person in %v", found)
	}
}

// traces are the collections in which a document contains the text, but for that
// of the marks of who is gone.
func (w *world) traces(text, marks string) (found []string) {
	w.t.Helper()
	db, err := w.Env.Mongo.Open(w.t.Context(), "education_elly_assessments")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Client().Disconnect(w.t.Context()) }()
	names, err := db.ListCollectionNames(w.t.Context(), bson.M{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range names {
		if name == marks {
			continue
		}
		cursor, err := db.Collection(name).Find(w.t.Context(), bson.M{})
		if err != nil {
			w.t.Fatal(err)
		}
		var documents []bson.M
		if err := cursor.All(w.t.Context(), &documents); err != nil {
			w.t.Fatal(err)
		}
		for _, d := range documents {
			line, err := json.Marshal(d)
			if err != nil {
				w.t.Fatal(err)
			}
			if strings.Contains(string(line), text) {
				found = append(found, name)
			}
		}
	}
	return found
}

func of(v float64) *float64 { return &v }
