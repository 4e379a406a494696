package subgraphs_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/internal/trace"
)

// class is what a teacher asks about their class.
const class = `query($school: ID!, $first: Int!) { students(filter: {schoolId: $school}, first: $first) { totalCount edges { node {
	fullName teacher { username firstName }
	latestAssessment { testDate compositeLevel ellStatus }
	proficiency { level stage ellStatus }
	progress(first: 3) { totalCount edges { node { kind occurredOn milestone { title } } } }
} } } }`

// school is a school with a teacher, as the domains of educationELLy know them.
type school struct {
	*world
	id             string
	admin, teacher subgraphtest.Person
}

func newSchool(t *testing.T, by ...func(w *world, domain string)) *school {
	t.Helper()
	s := &school{world: newWorld(t, by...)}
	s.admin = s.PersonWith(caller.Admin)
	s.teacher = s.account("ada")
	s.id = s.made(s.admin, `mutation($in: CreateSchoolInput!) { createSchool(input: $in) { school { id } } }`, subgraphtest.Variables{"name": "Loom Street"})
	s.made(s.admin, `mutation($in: AddTeacherInput!) { addTeacher(input: $in) { school { id } } }`, subgraphtest.Variables{"schoolId": s.id, "userId": s.teacher.ID})
	return s
}

// account is a teacher whom the domains auth and users know.
func (w *world) account(username string) subgraphtest.Person {
	w.t.Helper()
	p := w.PersonWith(caller.Teacher)
	w.must(w.Service("auth"), `mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }`, subgraphtest.Variables{
		"input": map[string]any{"id": p.ID, "username": username, "email": username + "@heddle.example", "firstName": "Ada", "lastName": "Lovelace"},
	})
	pool, err := w.Env.Postgres.Open(w.t.Context(), "authentication")
	if err != nil {
		w.t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(w.t.Context(), `INSERT INTO credentials (id, email, password, roles, created_at, activated_at) VALUES ($1, $2, '', '{TEACHER}', now(), now())`,
		p.ID, username+"@heddle.example"); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// made changes something and returns the id of the thing that the answer shows.
func (w *world) made(by subgraphtest.Person, operation string, in subgraphtest.Variables) string {
	w.t.Helper()
	for _, payload := range w.must(by, operation, subgraphtest.Variables{"in": in}) {
		for _, thing := range payload.(map[string]any) {
			return thing.(map[string]any)["id"].(string)
		}
	}
	return ""
}

func (s *school) enrol(number int, name string) string {
	s.t.Helper()
	return s.made(s.teacher, `mutation($in: CreateStudentInput!) { createStudent(input: $in) { student { id } } }`,
		subgraphtest.Variables{"schoolId": s.id, "fullName": name, "studentId": fmt.Sprint(number), "teacherId": s.teacher.ID})
}

// enrolMany enrols a class by a file, and gives the students' ids.
func (s *school) enrolMany(n int) (ids []string) {
	s.t.Helper()
	var file strings.Builder
	file.WriteString("studentId,fullName,teacherId\n")
	for i := range n {
		fmt.Fprintf(&file, "%d,Student Number%d,%s\n", i, i, s.teacher.ID)
	}
	in := subgraphtest.Variables{"schoolId": s.id, "file": subgraphtest.File{Name: "class.csv", Text: file.String()}}
	var begun struct {
		ImportStudents struct{ Import struct{ ID string } }
	}
	s.services["students"].Get(s.teacher, `mutation($in: ImportStudentsInput!) { importStudents(input: $in) { import { id } } }`, subgraphtest.Variables{"in": in}, &begun)
	progress := s.services["students"].Subscribe(s.teacher, `subscription($id: ID!) { importProgress(importId: $id) { done } }`, subgraphtest.Variables{"id": begun.ImportStudents.Import.ID})
	for more := true; more; {
		_, more = progress.Next()
	}
	list := s.must(s.teacher, `query($n: Int!) { students(first: $n) { edges { node { id } } } }`, subgraphtest.Variables{"n": n})
	for _, edge := range read[[]any](list, "students", "edges") {
		ids = append(ids, read[string](edge, "node", "id"))
	}
	return ids
}

func (s *school) assess(student, day string, level float64) string {
	s.t.Helper()
	return s.made(s.teacher, `mutation($in: CreateAssessmentInput!) { createAssessment(input: $in) { assessment { id } } }`, subgraphtest.Variables{
		"studentId": student, "testDate": day, "scores": map[string]any{"listening": level, "speaking": level, "reading": level, "writing": level},
	})
}

func (s *school) reach(student, day, title string) string {
	s.t.Helper()
	return s.made(s.teacher, `mutation($in: AddMilestoneInput!) { addMilestone(input: $in) { milestone { id } } }`,
		subgraphtest.Variables{"studentId": student, "title": title, "reachedOn": day, "domain": "READING"})
}

// TestEducation_statements asks about 10 students and about 100: it costs each
// store the same few statements.
func TestEducation_statements(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	const most = 100
	students := s.enrolMany(most)
	var recording sync.WaitGroup
	for worker := range 4 {
		recording.Go(func() {
			for i := worker; i < most; i += 4 {
				s.assess(students[i], "2026-02-02", 3.5)
				s.reach(students[i], "2025-06-01", "Read a book")
			}
		})
	}
	recording.Wait()
	var first map[string]int
	for _, n := range []int{10, most} {
		s.begin(fmt.Sprintf("class-%d", n))
		mark := s.Commands.Mark()
		answer := s.router.With(trace.Header, s.watched).Do(s.teacher, class, subgraphtest.Variables{"school": s.id, "first": n})
		if len(answer.Errors) > 0 {
			t.Fatal(answer.Errors)
		}
		if shown := bytes.Count(answer.Data, []byte(`"level":3.5`)); shown != n || !bytes.Contains(answer.Data, []byte(`"totalCount":100`)) {
			t.Fatalf("%d of %d students have their level", shown, n)
		}
		counts := s.counts()
		for _, command := range s.Commands.Since(mark) {
			if command.Request == s.watched {
				counts[command.String()]++
			}
		}
		if n == 10 {
			first = counts
			t.Logf("statements: %v", first)
			continue
		}
		if diff := cmp.Diff(first, counts); diff != "" {
			t.Errorf("statements for %d students, against those for 10 (-10 +%d):\n%s", n, n, diff)
		}
	}
	for name, n := range first {
		if n > 4 {
			t.Errorf("%s: %d statements for 10 students", name, n)
		}
	}
}

// TestProgressReport makes a report of what the three domains know, and fetches
// its files by their links.
func TestProgressReport(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	const name = "Zoë محمد 王小明"
	student := s.enrol(1, name)
	s.assess(student, "2024-02-05", 2.0)
	s.assess(student, "2025-02-03", 2.6)
	s.assess(student, "2026-02-02", 3.9)
	s.reach(student, "2025-06-01", "=HYPERLINK(1)")
	const report = `query($id: ID!, $from: Date!, $to: Date!) { progressReport(studentId: $id, from: $from, to: $to) {
		overall { startLevel endLevel gain } domains { domain gain } assessmentCount milestoneCount
		pdf { url filename mimeType } csv { url filename mimeType }
	} }`
	in := subgraphtest.Variables{"id": student, "from": "2025-01-01", "to": "2025-12-31"}
	got := s.must(s.teacher, report, in)["progressReport"].(map[string]any)
	want := map[string]any{"startLevel": 2.0, "endLevel": 2.6, "gain": 0.6}
	if diff := cmp.Diff(want, got["overall"]); diff != "" || got["assessmentCount"] != 1.0 || got["milestoneCount"] != 1.0 {
		t.Errorf("report %v (-want +got):\n%s", got, diff)
	}
	table := s.fetch(got["csv"])
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table, []byte("\uFEFF")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	wantLines := [][]string{
		{"date", "kind", "listening", "speaking", "reading", "writing", "overall", "status", "title", "domain", "note"},
		{"2025-02-03", "assessment", "2.6", "2.6", "2.6", "2.6", "2.6", "ELL", "", "", ""},
		{"2025-06-01", "milestone", "", "", "", "", "", "", "'=HYPERLINK(1)", "READING", ""},
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	if pdf := s.fetch(got["pdf"]); !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 10_000 {
		t.Errorf("the PDF has %d bytes", len(pdf))
	}
	if refused := s.router.Refused(s.teacher, report, subgraphtest.Variables{"id": student, "from": "2025-12-31", "to": "2025-01-01"}); refused.Code != "BAD_USER_INPUT" || refused.Field != "to" {
		t.Errorf("a period that ends before it begins: %+v", refused)
	}
	stranger := s.account("grace")
	if refused := s.router.Refused(stranger, report, in); refused.Code != "NOT_FOUND" {
		t.Errorf("a teacher of another school: %+v", refused)
	}
	s.must(s.teacher, `mutation($id: ID!) { deleteStudent(input: {id: $id}) { deletedStudentId } }`, subgraphtest.Variables{"id": student})
	if status, _ := s.open(got["pdf"]); status != http.StatusNotFound {
		t.Errorf("the link of a deleted student's report answers %d", status)
	}
}

// fetch downloads a file of a report.
func (s *school) fetch(file any) []byte {
	s.t.Helper()
	status, body := s.open(file)
	if status != http.StatusOK {
		s.t.Fatalf("%v: status %d: %s", file, status, body)
	}
	return body
}

func (s *school) open(file any) (status int, body []byte) {
	s.t.Helper()
	_, path, _ := strings.Cut(file.(map[string]any)["url"].(string), "/progress/")
	response := s.services["progress"].HTTP(http.MethodGet, "/progress/"+path)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, body
}
