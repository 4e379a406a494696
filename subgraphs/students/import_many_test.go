package students_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/caller"
	"heddle/internal/soak"
	"heddle/internal/subgraph/subgraphtest"
)

// rowsOfMany is how many rows a test of many has.
func rowsOfMany(t *testing.T) int { t.Helper(); return soak.Times(t, "HEDDLE_TEST_IMPORT_ROWS", 1000) }

// tally is an import's counts.
type tally struct {
	State                                             string
	Total, Done, Created, Updated, Unchanged, Refused int
}

func (w *world) tally(by person, id string) tally {
	w.t.Helper()
	var got struct{ StudentImport tally }
	w.students.Get(by, `query($id: ID!) { studentImport(id: $id) { state total done created updated unchanged refused } }`, variables{"id": id}, &got)
	return got.StudentImport
}

// faults are a good row, and one of each kind that is refused, with the field
// and the beginning of the message.
var faults = []struct{ cells, field, message string }{
	{"%s,Ada %[2]d,F,5,es,2015-01-02,,", "gender", `"F" is not a gender.`},
	{"%s,Ada %[2]d,FEMALE,15,es,2015-01-02,,", "gradeLevel", `"15" is not a grade.`},
	{"%s,Ada %[2]d,FEMALE,5,Spanish!,2015-01-02,,", "nativeLanguage", `"Spanish!" is not a language tag`},
	{"%s,Ada %[2]d,FEMALE,5,es,01/02/2015,,", "dateOfBirth", `"01/02/2015" is not a`},
	{"%s,Ada %[2]d,FEMALE,5,es,2999-01-02,,", "dateOfBirth", "A student is born by now;"},
	{"%s,Ada %[2]d,FEMALE,5,es,2015-01-02,Mexico,", "countryOfBirth", `"Mexico" is not a country's code`},
	{"%s,Ada %[2]d,FEMALE,5,es,2015-01-02,MX,0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d", "teacherId", "There is no teacher"},
	{"%s,12345,FEMALE,5,es,2015-01-02,,", "fullName", `A name has letters;`},
	{"%s,,FEMALE,5,es,2015-01-02,,", "fullName", "A student has a fullName;"},
	{"%s,Ada %[2]d", "", "The row has 2 cells"},
}

// Thousands of rows, every tenth of them refused for another reason.
func TestImport_thousands(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school, n := w.school("Loom Street", teacher), rowsOfMany(t)
	var file strings.Builder
	file.WriteString("studentId,fullName,gender,gradeLevel,nativeLanguage,dateOfBirth,countryOfBirth,teacherId\n")
	var want []string
	for i := range n {
		number, cells := fmt.Sprintf("N-%05d", i), "%s,Ada %[2]d,FEMALE,5,es,2015-01-02,MX,"
		if i%10 == 3 {
			of := faults[i/10%len(faults)]
			cells = of.cells
			want = append(want, fmt.Sprintf("%d %s %s: %s", i+2, number, of.field, of.message))
		}
		fmt.Fprintf(&file, cells+"\n", number, i)
	}
	id := w.take(teacher, variables{"schoolId": school}, file.String())
	got := w.refusals(teacher, id)
	for i := range min(len(want), len(got)) {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("refused %q, want %q …", got[i], want[i])
		}
	}
	wantTally := tally{State: "DONE", Total: n, Done: n, Created: n - len(want), Refused: len(want)}
	if diff := cmp.Diff(wantTally, w.tally(teacher, id)); diff != "" || len(got) != len(want) {
		t.Errorf("%d refusals, want %d; the import (-want +got):\n%s", len(got), len(want), diff)
	}
	if there := w.count(teacher, ""); there != n-len(want) {
		t.Errorf("%d students, want %d", there, n-len(want))
	}
}

// refusals are "line number field: message" of the refused rows.
func (w *world) refusals(by person, id string) (rows []string) {
	w.t.Helper()
	for after := any(nil); ; {
		var got struct {
			StudentImport struct {
				Rows struct {
					Edges []struct {
						Node struct {
							Line      int
							StudentID string
							Problems  []struct{ Field, Message string }
						}
					}
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		w.students.Get(by, `query($id: ID!, $after: String) { studentImport(id: $id) { rows(outcome: REFUSED, first: 100, after: $after) {
			edges { node { line studentId problems { field message } } } pageInfo { hasNextPage endCursor } } } }`, variables{"id": id, "after": after}, &got)
		for _, e := range got.StudentImport.Rows.Edges {
			rows = append(rows, fmt.Sprintf("%d %s %s: %s", e.Node.Line, e.Node.StudentID, e.Node.Problems[0].Field, e.Node.Problems[0].Message))
		}
		if !got.StudentImport.Rows.PageInfo.HasNextPage {
			return rows
		}
		after = got.StudentImport.Rows.PageInfo.EndCursor
	}
}

// class is a file of n students, whose names say where they came from.
func class(from string, n int) string {
	var file strings.Builder
	file.WriteString("studentId,fullName\n")
	for i := range n {
		fmt.Fprintf(&file, "N-%05d,From %s\n", i, from)
	}
	return file.String()
}

// Two processes take in files with the same students: each student is enrolled
// once, and refused the other time.
func TestImport_two_at_once(t *testing.T) {
	w := newWorld(t)
	one, two := w.account(caller.Teacher), w.account(caller.Teacher)
	school, n := w.school("Loom Street", one, two), 400
	w.Process()
	second := w.Open(studentsDomain)
	ids := make([]string, 2)
	var both sync.WaitGroup
	for i, c := range []struct {
		by person
		at *subgraphtest.Service
	}{{one, w.students}, {two, second}} {
		both.Go(func() {
			in := variables{"schoolId": school, "file": subgraphtest.File{Name: "class.csv", Text: class("file", n)}}
			var made struct {
				ImportStudents struct{ Import struct{ ID string } }
			}
			answer := c.at.Do(c.by, mutation(`importStudents { import { id } }`), variables{"in": in})
			if err := json.Unmarshal(answer.Data, &made); err != nil || len(answer.Errors) > 0 {
				t.Errorf("the import was answered %+v (%v)", answer.Errors, err)
				return
			}
			ids[i] = made.ImportStudents.Import.ID
		})
	}
	both.Wait()
	if t.Failed() {
		t.FailNow()
	}
	w.finished(one, ids[0])
	w.finished(two, ids[1])
	a, b := w.tally(one, ids[0]), w.tally(two, ids[1])
	if a.Created+b.Created != n || a.Refused+b.Refused != n || w.count(one, "") != n {
		t.Errorf("the imports came to %+v and %+v, and %d students; want each of %d once", a, b, w.count(one, ""), n)
	}
}

// database is the domain's own, as it is in the store.
func (w *world) database() *driver.Database {
	w.t.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(w.Env.Mongo.URL))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
	return client.Database("education_elly_students")
}

// traces are the collections in which a text stands.
func (w *world) traces(db *driver.Database, text string) (found []string) {
	w.t.Helper()
	names, err := db.ListCollectionNames(w.t.Context(), bson.M{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range names {
		cursor, err := db.Collection(name).Find(w.t.Context(), bson.M{})
		if err != nil {
			w.t.Fatal(err)
		}
		var all []bson.D
		if err := cursor.All(w.t.Context(), &all); err != nil {
			w.t.Fatal(err)
		}
		if strings.Contains(fmt.Sprint(all), text) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// forgotten waits until all events have had their effects: then the texts stand
// nowhere.
func (w *world) forgotten(texts ...string) {
	w.t.Helper()
	w.Quiet("students")
	db := w.database()
	for _, text := range texts {
		if found := w.traces(db, text); len(found) > 0 {
			w.t.Errorf("%q still stands in %v", text, found)
		}
	}
}

// A student who is deleted leaves the reports: of the row that enrolled them and
// of one that was refused since they were there.
func TestImport_a_student_is_deleted(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	file := "studentId,fullName\nTRACE-1,Trace Person\nKEPT-1,Kept Person\n"
	first, second := w.take(teacher, variables{"schoolId": school}, file), w.take(teacher, variables{"schoolId": school}, file)
	var found struct {
		Students struct {
			Edges []struct{ Node struct{ ID string } }
		}
	}
	w.students.Get(teacher, `{ students(filter: {studentId: "TRACE-1"}) { edges { node { id } } } }`, nil, &found)
	id := found.Students.Edges[0].Node.ID
	w.do(teacher, `deleteStudent { deletedStudentId }`, variables{"id": id})
	w.forgotten("TRACE-1", "Trace Person")
	if got := w.report(teacher, first); got[0] != "2 CREATED " || got[1] != "3 CREATED KEPT-1" {
		t.Errorf("the report that enrolled them is %q", got)
	}
	if got := w.report(teacher, second); got[0] != "2 REFUSED ; : The student has been deleted." || !strings.HasPrefix(got[1], "3 REFUSED KEPT-1;") {
		t.Errorf("the report that refused them is %q", got)
	}
}

// Who imports and is deleted leaves nothing: neither name nor file nor report.
func TestImport_who_imported_is_deleted(t *testing.T) {
	w := newWorld(t)
	gone, colleague := w.account(caller.Teacher), w.account(caller.Teacher)
	school := w.school("Loom Street", gone, colleague)
	id := w.take(gone, variables{"schoolId": school}, class("gone", 120))
	named := w.take(colleague, variables{"schoolId": school}, "studentId,fullName,teacherId\nX-1,123,"+gone.ID+"\n")
	w.Publish("user.deleted", gone.ID)
	w.forgotten(gone.ID)
	if got := w.tally(w.admin, id); got.Done != 120 || len(w.report(w.admin, id)) != 0 {
		t.Errorf("of the import is left %+v, want its counts alone", got)
	}
	if got := w.tally(colleague, named); got.Refused != 1 {
		t.Errorf("the colleague's import is %+v", got)
	}
}

// After 30 days imports and their reports are erased.
func TestImport_expires(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	id := w.take(teacher, variables{"schoolId": school}, "studentId,fullName\nA-1,Ada\nOLD-2,12345\n")
	later := w.Env.Now
	w.Env.Now = func() time.Time { return later().Add(31 * 24 * time.Hour) }
	w.Process()
	mark := w.Commands.Mark()
	w.Open(studentsDomain) // a month later
	w.Commands.Await(mark, "delete imports", 1)
	w.forgotten("OLD-2")
	var got struct{ StudentImport *struct{ ID string } }
	w.students.Get(w.admin, `query($id: ID!) { studentImport(id: $id) { id } }`, variables{"id": id}, &got)
	if got.StudentImport != nil {
		t.Errorf("the import is there after its time")
	}
}

// A link gives what its owner may see when it is used, not when it was given.
func TestExport_access_is_looked_at_again(t *testing.T) {
	w := newWorld(t)
	stays, leaves := w.account(caller.Teacher), w.account(caller.Teacher)
	school := w.school("Loom Street", stays, leaves)
	w.student(stays, school, "A-1", "Ada", nil)
	link := func(by person) string {
		var made struct {
			ExportStudents struct{ File struct{ URL string } }
		}
		w.students.Get(by, mutation(`exportStudents { file { url } }`), variables{"in": variables{}}, &made)
		return made.ExportStudents.File.URL
	}
	kept, lost := link(stays), link(leaves)
	w.do(w.admin, `removeTeacher { school { id } }`, variables{"schoolId": school, "userId": leaves.ID})
	for _, c := range []struct {
		url  string
		want int
	}{{kept, http.StatusOK}, {lost, http.StatusForbidden}, {kept + "x", http.StatusNotFound}} {
		response := w.students.HTTP(http.MethodGet, c.url)
		_ = response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("%s gives status %d, want %d", c.url, response.StatusCode, c.want)
		}
	}
}
