package students_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
	"heddle/internal/subgraph/subgraphtest"
)

// upload begins an import, as a client with a file does.
func (w *world) upload(by person, in variables, file string) subgraphtest.Answer {
	w.t.Helper()
	in = maps.Clone(in)
	in["file"] = subgraphtest.File{Name: "class.csv", Text: file}
	return w.students.Do(by, mutation(`importStudents { import { id total state dryRun } }`), variables{"in": in})
}

// take imports a file to the end, and gives the import's id.
func (w *world) take(by person, in variables, file string) (id string) {
	w.t.Helper()
	answer := w.upload(by, in, file)
	if len(answer.Errors) > 0 {
		w.t.Fatal(answer.Errors)
	}
	var made struct {
		ImportStudents struct{ Import struct{ ID string } }
	}
	if err := json.Unmarshal(answer.Data, &made); err != nil {
		w.t.Fatal(err)
	}
	w.finished(by, made.ImportStudents.Import.ID)
	return made.ImportStudents.Import.ID
}

// finished follows an import to its end.
func (w *world) finished(by person, id string) {
	w.t.Helper()
	stream := w.students.Subscribe(by, `subscription($id: ID!) { importProgress(importId: $id) { state done } }`, variables{"id": id})
	defer stream.Close()
	last := -1
	for {
		answer, ok := stream.Next()
		if !ok {
			return
		}
		var got struct {
			ImportProgress struct {
				State string
				Done  int
			}
		}
		if err := json.Unmarshal(answer.Data, &got); err != nil || len(answer.Errors) > 0 {
			w.t.Fatal(err, answer.Errors)
		}
		if got.ImportProgress.Done < last {
			w.t.Fatalf("%d rows are settled after %d", got.ImportProgress.Done, last)
		}
		last = got.ImportProgress.Done
	}
}

// report is what became of each row: "line outcome number: field message".
func (w *world) report(by person, id string) (rows []string) {
	w.t.Helper()
	after := any(nil)
	for {
		var got struct {
			StudentImport struct {
				Rows struct {
					Edges []struct {
						Node struct {
							Line               int
							Outcome, StudentID string
							Problems           []struct{ Field, Message string }
						}
					}
					PageInfo struct {
						HasNextPage bool
						EndCursor   *string
					}
				}
			}
		}
		w.students.Get(by, `query($id: ID!, $after: String) { studentImport(id: $id) { rows(first: 60, after: $after) {
			edges { node { line outcome studentId problems { field message } } } pageInfo { hasNextPage endCursor } } } }`, variables{"id": id, "after": after}, &got)
		for _, e := range got.StudentImport.Rows.Edges {
			line := fmt.Sprintf("%d %s %s", e.Node.Line, e.Node.Outcome, e.Node.StudentID)
			for _, p := range e.Node.Problems {
				line += "; " + p.Field + ": " + p.Message
			}
			rows = append(rows, line)
		}
		if !got.StudentImport.Rows.PageInfo.HasNextPage {
			return rows
		}
		after = *got.StudentImport.Rows.PageInfo.EndCursor
	}
}

const sheet = "studentId,fullName,gender,gradeLevel,nativeLanguage,race,dateOfBirth,cityOfBirth,countryOfBirth\r\n" +
	"A-1,José Núñez,male,3,es,Hispanic or Latino,2017-05-04,Mérida,mx\r\n" +
	"A-2,\"Kowalska, Łucja\",FEMALE,K,pl,,,,\r\n" +
	"A-3,No Gender,unknown,3,es,,,,\r\n" +
	"A-1,Twice,,,,,,,\r\n" +
	",Nameless,,15,tlh-x-klingon-,,2999-01-01,,ZZ\r\n" +
	"A-4,Short row\r\n"

func TestImport_report(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	want := []string{
		`2 CREATED A-1`,
		`3 CREATED A-2`,
		`4 REFUSED A-3; gender: "unknown" is not a gender. Give one of FEMALE, MALE, NONBINARY.`,
		`5 REFUSED A-1; studentId: The row in line 2 has this studentId already.`,
		`6 REFUSED ; studentId: A student has a studentId; it may not be empty.; gradeLevel: "15" is not a grade. Give one of PREKINDERGARTEN, KINDERGARTEN, GRADE_1, GRADE_2, GRADE_3, GRADE_4, GRADE_5, GRADE_6, GRADE_7, GRADE_8, GRADE_9, GRADE_10, GRADE_11, GRADE_12.; nativeLanguage: "tlh-x-klingon-" is not a language tag such as es or zh-Hant (BCP 47).; countryOfBirth: "ZZ" is not a country's code such as MX (ISO 3166-1, alpha-2).`,
		`7 REFUSED A-4; : The row has 2 cells, the heading 9.`,
	}
	dry := w.take(teacher, variables{"schoolId": school, "dryRun": true}, sheet)
	if diff := cmp.Diff(want, w.report(teacher, dry)); diff != "" {
		t.Errorf("dry (-want +got):\n%s", diff)
	}
	if n := w.count(teacher, ""); n != 0 {
		t.Errorf("%d students after a dry run", n)
	}
	in := variables{"schoolId": school, "idempotencyKey": "once"}
	first := w.take(teacher, in, sheet)
	if diff := cmp.Diff(want, w.report(teacher, first)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if again := w.take(teacher, in, sheet); again != first {
		t.Errorf("the same key gave another import")
	}
	if n := w.count(teacher, ""); n != 2 {
		t.Errorf("%d students, want 2", n)
	}
	// Again, with a change: those who are there are changed, and only where they differ.
	changed := strings.Replace(sheet, "male,3", "male,4", 1)
	update := w.take(teacher, variables{"schoolId": school, "existing": "UPDATE"}, changed)
	if diff := cmp.Diff([]string{`2 UPDATED A-1`, `3 UNCHANGED A-2`}, w.report(teacher, update)[:2]); diff != "" {
		t.Errorf("update (-want +got):\n%s", diff)
	}
	refuse := w.take(teacher, variables{"schoolId": school}, sheet)
	if got := w.report(teacher, refuse)[0]; got != `2 REFUSED A-1; studentId: There is a student with the studentId "A-1" at this school already.` {
		t.Errorf("without an update: %s", got)
	}
}

func TestImport_export_gives_the_same(t *testing.T) {
	w := newWorld(t)
	teacher, colleague := w.account(caller.Teacher), w.account(caller.Teacher)
	school, other := w.school("Loom Street", teacher, colleague), w.school("Another", teacher)
	var rows strings.Builder
	rows.WriteString("studentId,fullName,race,cityOfBirth\n")
	for i := range 250 {
		fmt.Fprintf(&rows, "S-%03d,\"'=Name, %d \"\"quoted\"\"\",ASIAN,+City\n", i, i)
	}
	w.take(teacher, variables{"schoolId": school}, rows.String())
	file := w.export(teacher, variables{"filter": variables{"schoolId": school}})
	if n := strings.Count(file, "\r\n"); n != 251 {
		t.Fatalf("the file has %d lines, want 251", n)
	}
	cells, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range cells {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Fatalf("the cell %q is a formula", cell)
			}
		}
	}
	id := w.take(teacher, variables{"schoolId": other}, file)
	if got := w.report(teacher, id); len(got) != 250 || got[0] != "2 CREATED S-000" {
		t.Fatalf("the file was taken in with %q …", got[:min(len(got), 2)])
	}
	again := w.export(teacher, variables{"filter": variables{"schoolId": other}})
	if diff := cmp.Diff(withoutIDs(t, file), withoutIDs(t, again)); diff != "" {
		t.Errorf("the file (-first +second):\n%s", diff)
	}
	if theirs := w.export(colleague, variables{"filter": variables{"schoolId": school}}); strings.Contains(theirs, "ASIAN") || strings.Contains(theirs, "City") || !strings.Contains(theirs, "S-100") {
		t.Errorf("a colleague's file has what is not for them, or not what is: %.300s", theirs)
	}
}

// export gets a file of students.
func (w *world) export(by person, in variables) string {
	w.t.Helper()
	var made struct {
		ExportStudents struct {
			File struct{ URL, MimeType string }
		}
	}
	w.students.Get(by, mutation(`exportStudents { file { url mimeType expiresAt filename } }`), variables{"in": in}, &made)
	_, path, ok := strings.Cut(made.ExportStudents.File.URL, "/students/exports/")
	if !ok {
		w.t.Fatalf("the file is at %q", made.ExportStudents.File.URL)
	}
	response := w.students.HTTP(http.MethodGet, "/students/exports/"+path)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/csv") {
		w.t.Fatalf("the file came with %s %s (%v)", response.Status, response.Header, err)
	}
	return string(text)
}

func withoutIDs(t *testing.T, file string) (rows []string) {
	t.Helper()
	cells, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range cells {
		rows = append(rows, strings.Join(row[:len(row)-1], "|"))
	}
	return rows
}

// count is how many students the person sees; arguments such as "(filter: {…})".
func (w *world) count(by person, arguments string) int {
	w.t.Helper()
	var got struct{ Students struct{ TotalCount int } }
	w.students.Get(by, `{ students`+arguments+` { totalCount } }`, nil, &got)
	return got.Students.TotalCount
}

func TestImport_refused(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	for name, c := range map[string]struct{ file, want string }{
		"empty":              {"", "The file is empty; it has to have a heading."},
		"without a number":   {"fullName\nAda", "The file has no column studentId."},
		"an unknown column":  {"studentId,fullName,colour\n", `There is no column "colour". There are studentId, fullName, gender, gradeLevel, nativeLanguage, race, dateOfBirth, cityOfBirth, countryOfBirth, teacherId, photoId.`},
		"a column twice":     {"studentId,fullName,Full Name\n", "The column fullName is there twice."},
		"a quote left open":  {"studentId,fullName\n1,\"Ada\n", `The file is not CSV in line 2, column 8: extraneous or missing " in quoted-field.`},
		"in another coding":  {"studentId,fullName\n1,Ren\xe9\n", "The file is not in UTF-8."},
		"with too many rows": {"studentId,fullName\n" + strings.Repeat("1,A\n", 20_001), "A file has at most 20000 rows; this one has more."},
	} {
		answer := w.upload(teacher, variables{"schoolId": school}, c.file)
		if len(answer.Errors) != 1 || answer.Errors[0].Message != c.want || answer.Errors[0].Field != "file" {
			t.Errorf("%s: %+v, want %s", name, answer.Errors, c.want)
		}
	}
}
