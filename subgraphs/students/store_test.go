package students_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"

	"heddle/internal/caller"
	"heddle/internal/trace"
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
	w.forgotten(teacher.ID, gone)
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

// commands counts what the store is asked by each request.
type commands struct {
	mu sync.Mutex
	of map[string]int // by the request's id
}

func (c *commands) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(ctx context.Context, _ *event.CommandStartedEvent) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.of[trace.RequestID(ctx)]++
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
	counted := &commands{of: map[string]int{}}
	w.Env.Mongo.Monitor = counted.monitor()
	other := w.Open(studentsDomain)
	w.Env.Mongo.Monitor = nil
	for _, size := range []int{10, 100} {
		other.With(trace.Header, fmt.Sprint("asks-for-", size)).Get(teacher, `query($n: Int) { students(first: $n) { totalCount edges { node { fullName teacher { id } school { name teachers { id } } history { totalCount } viewerAccess } } } }`, variables{"n": size}, &map[string]any{})
	}
	counted.mu.Lock()
	defer counted.mu.Unlock()
	if few, many := counted.of["asks-for-10"], counted.of["asks-for-100"]; few != many || many != 5 {
		t.Errorf("%d commands for 10 students, %d for 100, want 5 for either", few, many)
	}
}
