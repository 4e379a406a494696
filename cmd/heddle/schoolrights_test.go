package main_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"heddle/internal/drive"
	"heddle/internal/subgraph/subgraphtest"
)

// office is a school with everybody who stands in the table testdata/school.txt.
type office struct {
	t                               *testing.T
	boss, own, colleague            *person
	school, student                 string
	assessment, milestone, imported string
	numbers                         int
	day                             time.Time
	askers                          map[string]subgraphtest.Person
}

// teacher signs somebody up whom the administrator makes a teacher.
func (o *office) teacher(name string) *person {
	o.t.Helper()
	p := signUp(o.t, o.boss.Origin, name)
	o.made("grantRole", `user { id }`, input{"userId": p.id, "role": "TEACHER"})
	return signIn(o.t, p.Origin, p.email, password)
}

// made has the administrator change something, and gives the id that the answer shows.
func (o *office) made(field, selection string, in input) string {
	o.t.Helper()
	a := o.boss.must(o.t, operation(field, selection), in)
	name, _, _ := strings.Cut(selection, " ")
	return a.Text(field, name, "id")
}

// operation is the mutation of one field.
func operation(field, selection string) string {
	return fmt.Sprintf(`mutation($input: %s%sInput!) { %s(input: $input) { %s } }`, strings.ToUpper(field[:1]), field[1:], field, selection)
}

func newOffice(t *testing.T, w *drive.World) *office {
	t.Helper()
	o := &office{t: t, boss: admin(w.Origin()), day: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	o.own, o.colleague = o.teacher("own"), o.teacher("colleague")
	elsewhere, pupil := o.teacher("elsewhere"), signUp(t, w.Origin(), "pupil")
	o.school = o.made("createSchool", `school { id }`, input{"name": "Loom Street"})
	other := o.made("createSchool", `school { id }`, input{"name": "Elsewhere"})
	for _, at := range []struct {
		school string
		p      *person
	}{{o.school, o.own}, {o.school, o.colleague}, {other, elsewhere}} {
		o.made("addTeacher", `school { id }`, input{"schoolId": at.school, "userId": at.p.id})
	}
	o.student = o.enrol()
	o.assessment, o.milestone = o.assess(o.student), o.reach(o.student)
	file := "studentId,fullName\nI-1,Annie Easley\n"
	o.imported = o.own.sendFile(t, importClass, input{"schoolId": o.school, "file": nil}, file).Text("importStudents", "import", "id")
	o.askers = map[string]subgraphtest.Person{
		"admin": {ID: o.boss.id, Token: o.boss.Token}, "own teacher": {ID: o.own.id, Token: o.own.Token},
		"colleague": {ID: o.colleague.id, Token: o.colleague.Token}, "elsewhere": {ID: elsewhere.id, Token: elsewhere.Token},
		"student": {ID: pupil.id, Token: pupil.Token}, "service": {Token: issuer().ServiceToken("search")}, "nobody": {},
	}
	return o
}

func (o *office) enrol() string {
	o.t.Helper()
	o.numbers++
	return o.made("createStudent", `student { id }`, input{
		"schoolId": o.school, "studentId": fmt.Sprint("N-", o.numbers), "fullName": "Ada Lovelace", "teacherId": o.own.id,
		"race": "WHITE", "dateOfBirth": "2015-12-10", "cityOfBirth": "London", "countryOfBirth": "GB",
	})
}

// free is a day of which there is no assessment yet.
func (o *office) free() string {
	o.day = o.day.AddDate(0, 0, 1)
	return o.day.Format(time.DateOnly)
}

func (o *office) assess(student string) string {
	o.t.Helper()
	return o.made("createAssessment", `assessment { id }`, input{"studentId": student, "testDate": o.free(), "scores": vars{"listening": 3, "speaking": 3, "reading": 3, "writing": 3}})
}

func (o *office) reach(student string) string {
	o.t.Helper()
	return o.made("addMilestone", `milestone { id }`, input{"studentId": student, "title": "Read a book"})
}

// reads are the rows that change nothing.
func (o *office) reads() map[string]subgraphtest.Ask {
	asks := map[string]subgraphtest.Ask{}
	for row, query := range map[string]string{
		"Query.student":               `{ student(id: "$student") { id } }`,
		"Query.studentsByIds":         `{ studentsByIds(ids: ["$student"]) { id } }`,
		"Query.students":              `{ students(filter: {schoolId: "$school"}) { edges { node { id } } } }`,
		"Query.students: by race":     `{ students(filter: {race: WHITE}) { edges { node { id } } } }`,
		"Query.searchStudents":        `{ searchStudents(name: "love", schoolId: "$school") { edges { node { id } } } }`,
		"Query.school":                `{ school(id: "$school") { id } }`,
		"Query.schools":               `{ schools { edges { node { id } } } }`,
		"Query.studentImport":         `{ studentImport(id: "$import") { id } }`,
		"Query.assessment":            `{ assessment(id: "$assessment") { id } }`,
		"Query.milestone":             `{ milestone(id: "$milestone") { id } }`,
		"Query.progressReport":        `{ progressReport(studentId: "$student", from: "2020-01-01", to: "2026-01-01") { generatedAt } }`,
		"Query.progressReport: pdf":   `{ progressReport(studentId: "$student", from: "2020-01-01", to: "2026-01-01") { pdf { url } } }`,
		"Query.progressReport: csv":   `{ progressReport(studentId: "$student", from: "2020-01-01", to: "2026-01-01") { csv { url } } }`,
		"Subscription.importProgress": `subscription { importProgress(importId: "$import") { id } }`,
		"Student.history":             `{ student(id: "$student") { history { edges { node { at } } } } }`,
		"Student.assessments":         `{ student(id: "$student") { assessments { edges { node { id } } } } }`,
		"Student.latestAssessment":    `{ student(id: "$student") { latestAssessment { id } } }`,
		"Student.proficiency":         `{ student(id: "$student") { proficiency { level } } }`,
		"Student.progress":            `{ student(id: "$student") { progress { totalCount } } }`,
		"Student.milestones":          `{ student(id: "$student") { milestones { totalCount } } }`,
		"Student.race":                `{ student(id: "$student") { race } }`,
		"Student.dateOfBirth":         `{ student(id: "$student") { dateOfBirth } }`,
		"Student.cityOfBirth":         `{ student(id: "$student") { cityOfBirth } }`,
		"Student.countryOfBirth":      `{ student(id: "$student") { countryOfBirth } }`,
		"School.teachers":             `{ school(id: "$school") { teachers { id } } }`,
		"School.students":             `{ school(id: "$school") { students { edges { node { id } } } } }`,
	} {
		query = strings.NewReplacer("$student", o.student, "$school", o.school, "$import", o.imported, "$assessment", o.assessment, "$milestone", o.milestone).Replace(query)
		asks[row] = func(string) (string, subgraphtest.Variables) { return query, nil }
	}
	return asks
}

// changes are the rows that change something: each cell something of its own.
func (o *office) changes() map[string]subgraphtest.Ask {
	asks := map[string]subgraphtest.Ask{}
	for row, change := range map[string]struct {
		selection string
		in        func() input
	}{
		"createSchool": {`school { id }`, func() input { return input{"name": "Another"} }},
		"updateSchool": {`school { id }`, func() input { return input{"schoolId": o.school, "name": "Loom Street Primary"} }},
		"addTeacher":   {`school { id }`, func() input { return input{"schoolId": o.school, "userId": o.own.id} }},
		"removeTeacher": {`school { id }`, func() input {
			in := input{"schoolId": o.made("createSchool", `school { id }`, input{"name": "To leave"}), "userId": o.own.id}
			o.made("addTeacher", `school { id }`, in)
			return in
		}},
		"createStudent":       {`student { id }`, func() input { return input{"schoolId": o.school, "studentId": newID(), "fullName": "Grace Hopper"} }},
		"updateStudent":       {`student { id }`, func() input { return input{"id": o.enrol(), "gradeLevel": "GRADE_2"} }},
		"updateStudent: race": {`student { id }`, func() input { return input{"id": o.enrol(), "race": "ASIAN"} }},
		"deleteStudent":       {`deletedStudentId`, func() input { return input{"id": o.enrol()} }},
		"importStudents": {`import { id }`, func() input {
			return input{"schoolId": o.school, "file": subgraphtest.File{Name: "a.csv", Text: "studentId,fullName\n"}}
		}},
		"exportStudents": {`file { url }`, func() input { return input{} }},
		"createAssessment": {`assessment { id }`, func() input {
			return input{"studentId": o.student, "testDate": o.free(), "scores": vars{"reading": 3}}
		}},
		"updateAssessment": {`assessment { id }`, func() input { return input{"assessmentId": o.assessment, "scores": vars{"reading": 3}} }},
		"deleteAssessment": {`deletedAssessmentId`, func() input { return input{"assessmentId": o.assess(o.student)} }},
		"addMilestone":     {`milestone { id }`, func() input { return input{"studentId": o.student, "title": "Read two"} }},
		"updateMilestone":  {`milestone { id }`, func() input { return input{"milestoneId": o.milestone, "title": "Read a long book"} }},
		"removeMilestone":  {`removedMilestoneId`, func() input { return input{"milestoneId": o.reach(o.student)} }},
	} {
		field, _, _ := strings.Cut(row, ":")
		asks["Mutation."+row] = func(string) (string, subgraphtest.Variables) {
			return operation(field, change.selection), subgraphtest.Variables{"input": map[string]any(change.in())}
		}
	}
	return asks
}

// TestRights_of_a_school asks everything that there is about a school as
// everybody who may have to do with it.
func TestRights_of_a_school(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		o := newOffice(t, w)
		asks := o.reads()
		for row, ask := range o.changes() {
			asks[row] = ask
		}
		endpoint := subgraphtest.At(t, w.Origin()+"/graphql").With("Apollo-Require-Preflight", "true")
		endpoint.CheckAccess(subgraphtest.Access{File: "testdata/school.txt", Askers: o.askers, Asks: asks})
		o.links()
	})
}

// links asks for files by links that people have got: each gives what that
// person may see at the time, and nothing to who has made it up.
func (o *office) links() {
	t := o.t
	t.Helper()
	report := o.colleague.must(t, `query($id: ID!) { progressReport(studentId: $id, from: "2020-01-01", to: "2026-01-01") { pdf { url } csv { url } } }`, vars{"id": o.student})
	links := []string{
		report.Text("progressReport", "pdf", "url"), report.Text("progressReport", "csv", "url"),
		o.colleague.must(t, operation("exportStudents", `file { url }`), input{"filter": vars{"schoolId": o.school}}).Text("exportStudents", "file", "url"),
	}
	begins := []string{"%PDF-", "\uFEFFdate,", "\uFEFFstudentId,"}
	for i, link := range links {
		if status, text := get(t, link); status != http.StatusOK || !strings.HasPrefix(text, begins[i]) {
			t.Errorf("%s answers %d: %.60q, want a file that begins with %q", link, status, text, begins[i])
		} else if i == 2 && strings.Contains(text, "WHITE") {
			t.Errorf("a colleague's file has what only the teacher sees: %.300s", text)
		}
		made := strings.Replace(link, "/reports/", "/reports/x", 1)
		made = strings.Replace(made, "/exports/", "/exports/x", 1)
		if status, text := get(t, made); status != http.StatusNotFound {
			t.Errorf("a link that somebody made up answers %d: %.60q", status, text)
		}
	}
	o.made("removeTeacher", `school { id }`, input{"schoolId": o.school, "userId": o.colleague.id})
	for _, link := range links {
		if status, text := get(t, link); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("after its owner has left, %s answers %d: %.60q", link, status, text)
		}
	}
}

// get fetches a link without a token.
func get(t *testing.T, link string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(soon(t), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
