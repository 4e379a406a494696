package students_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"heddle/internal/caller"
)

func atOnce(n int, f func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { f(i) })
	}
	group.Wait()
}

func TestStore_Create_one_number_many_at_once(t *testing.T) {
	w := newWorld(t)
	school, other := w.school("Loom Street"), w.school("Elsewhere")
	var made, taken atomic.Int32
	atOnce(12, func(int) {
		a := w.students.Do(w.admin, mutation(`createStudent { student { id } }`), variables{"in": variables{"schoolId": school, "studentId": "1", "fullName": "Ada"}})
		switch {
		case len(a.Errors) == 0:
			made.Add(1)
		case a.Errors[0].Code == "CONFLICT" && a.Errors[0].Field == "studentId":
			taken.Add(1)
		default:
			t.Errorf("gave %+v", a.Errors)
		}
	})
	if made.Load() != 1 || taken.Load() != 11 {
		t.Errorf("%d made, %d refused, want 1 and 11", made.Load(), taken.Load())
	}
	w.student(w.admin, other, "1", "Ada", nil) // another school's numbers are its own
}

func TestStore_Create_one_key_many_at_once(t *testing.T) {
	w := newWorld(t)
	school := w.school("Loom Street")
	ids := make([]string, 8)
	atOnce(len(ids), func(i int) {
		ids[i] = w.student(w.admin, school, "1", "Ada", variables{"idempotencyKey": "k"})
	})
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("the same key gave %q", ids)
		}
	}
	got := w.students.Refused(w.admin, mutation(`createStudent { student { id } }`), variables{"in": variables{"schoolId": school, "studentId": "2", "fullName": "Ada", "idempotencyKey": "k"}})
	if got.Code != "CONFLICT" || got.Field != "idempotencyKey" {
		t.Errorf("another input gave %+v", got)
	}
}

func TestStore_Change_many_fields_at_once(t *testing.T) {
	w := newWorld(t)
	id := w.student(w.admin, w.school("Loom Street"), "1", "Ada", nil)
	changes := []variables{{"gender": "FEMALE"}, {"gradeLevel": "GRADE_1"}, {"nativeLanguage": "en"}, {"race": "WHITE"}, {"cityOfBirth": "London"}, {"countryOfBirth": "GB"}}
	atOnce(len(changes), func(i int) {
		changes[i]["id"] = id
		w.do(w.admin, `updateStudent { student { id } }`, changes[i])
	})
	var got struct {
		Student struct {
			Gender, GradeLevel, NativeLanguage, Race, CityOfBirth, CountryOfBirth string
			History                                                               struct{ TotalCount int }
		}
	}
	w.students.Get(w.admin, `query($id: ID!) { student(id: $id) { gender gradeLevel nativeLanguage race cityOfBirth countryOfBirth history { totalCount } } }`, variables{"id": id}, &got)
	if s := got.Student; fmt.Sprint(s) != "{FEMALE GRADE_1 en WHITE London GB {7}}" {
		t.Errorf("the student is %v", s)
	}
}

// TestErase_a_teacher deletes an account: nothing in the store names the person.
func TestErase_a_teacher(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	id := w.student(teacher, school, "1", "Ada", variables{"idempotencyKey": "k"})
	w.do(teacher, `updateStudent { student { id } }`, variables{"id": id, "gradeLevel": "GRADE_1"})
	w.take(teacher, variables{"schoolId": school}, "studentId,fullName\n2,Grace\n")
	gone := w.student(teacher, school, "3", "Zuse", nil)
	w.do(teacher, `deleteStudent { deletedStudentId }`, variables{"id": gone})
	w.Publish("user.deleted", teacher.ID)
	w.await(func() string { return w.traces(teacher.ID, "outbox", "inbox") })
	w.await(func() string { return w.traces(gone) })
	var got struct {
		Student struct {
			Teacher *struct{ ID string }
			History struct{ TotalCount int }
		}
		School struct{ Teachers []struct{ ID string } }
	}
	w.students.Get(w.admin, `query($id: ID!, $school: ID!) { student(id: $id) { teacher { id } history { totalCount } } school(id: $school) { teachers { id } } }`, variables{"id": id, "school": school}, &got)
	if got.Student.Teacher != nil || len(got.School.Teachers) != 0 || got.Student.History.TotalCount < 2 {
		t.Errorf("afterwards %+v", got)
	}
}

// traces are the documents of the domain in which a text stands, but for those
// fields.
func (w *world) traces(text string, but ...string) string {
	w.t.Helper()
	db, err := w.Env.Mongo.Open(w.t.Context(), "education_elly_students")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Client().Disconnect(context.Background()) }()
	names, err := db.ListCollectionNames(w.t.Context(), bson.M{})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, name := range names {
		cursor, err := db.Collection(name).Find(w.t.Context(), bson.M{})
		if err != nil {
			w.t.Fatal(err)
		}
		var documents []bson.M
		if err := cursor.All(w.t.Context(), &documents); err != nil {
			w.t.Fatal(err)
		}
		for _, d := range documents {
			for _, field := range but {
				delete(d, field)
			}
			if shown := fmt.Sprint(d); strings.Contains(shown, text) {
				all = append(all, name+": "+shown)
			}
		}
	}
	return strings.Join(all, "\n")
}

// await waits until there is nothing left, looking again and again.
func (w *world) await(left func() string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for {
		shown := left()
		if shown == "" {
			return
		}
		select {
		case <-ctx.Done():
			w.t.Fatalf("there is still\n%s", shown)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// commands counts what the store is asked by requests.
type commands struct{ n atomic.Int64 }

func (c *commands) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if e.CommandName == "find" || e.CommandName == "aggregate" {
			if target := e.Command.Lookup("filter"); !strings.Contains(target.String(), "waiting") && !strings.Contains(target.String(), "RUNNING") {
				c.n.Add(1)
			}
		}
	}}
}

// TestStudents_commands asks for 10 students and for 100: the store is asked the
// same few times.
func TestStudents_commands(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	var rows strings.Builder
	rows.WriteString("studentId,fullName\n")
	for i := range 100 {
		fmt.Fprintf(&rows, "%d,Student %d\n", i, i)
	}
	w.take(teacher, variables{"schoolId": school}, rows.String())
	counted := &commands{}
	w.Env.Mongo.Monitor = counted.monitor()
	other := w.Open(studentsDomain)
	w.Env.Mongo.Monitor = nil
	var asked [2]int64
	for i, size := range []int{10, 100} {
		before := counted.n.Load()
		other.Get(teacher, `query($n: Int) { students(first: $n) { totalCount edges { node { fullName teacher { id } school { name teachers { id } } history { totalCount } viewerAccess } } } }`, variables{"n": size}, &map[string]any{})
		asked[i] = counted.n.Load() - before
	}
	if asked[0] != asked[1] || asked[1] == 0 || asked[1] > 6 {
		t.Errorf("%d commands for 10 students, %d for 100", asked[0], asked[1])
	}
}
