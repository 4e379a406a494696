package students_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
)

// roll reads a whole list, page by page, and gives the numbers of the students.
func (w *world) roll(by person, arguments string, size int, backward bool) []string {
	w.t.Helper()
	var numbers []string
	cursor := any(nil)
	for range 100 {
		var got struct {
			Students struct {
				Edges    []struct{ Node struct{ StudentID string } }
				PageInfo struct {
					HasNextPage, HasPreviousPage bool
					StartCursor, EndCursor       *string
				}
			}
		}
		which := `first: $n, after: $at`
		if backward {
			which = `last: $n, before: $at`
		}
		w.students.Get(by, `query($n: Int, $at: String) { students(`+which+`, `+arguments+`) { edges { node { studentId } }
			pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, variables{"n": size, "at": cursor}, &got)
		var page []string
		for _, e := range got.Students.Edges {
			page = append(page, e.Node.StudentID)
		}
		info := got.Students.PageInfo
		if backward {
			numbers = append(page, numbers...)
		} else {
			numbers = append(numbers, page...)
		}
		switch {
		case backward && info.HasPreviousPage:
			cursor = *info.StartCursor
		case !backward && info.HasNextPage:
			cursor = *info.EndCursor
		default:
			return numbers
		}
	}
	w.t.Fatal("the list does not end")
	return nil
}

func TestStudents_pages_filters_and_orders(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	schools := []string{w.school("First", teacher), w.school("Second", teacher), w.school("Third")}
	rows := []string{"studentId,fullName,gender,gradeLevel,nativeLanguage,race,dateOfBirth,cityOfBirth,countryOfBirth"}
	names := []string{"José Núñez", "jose nunez", "Ärmel Özil", "Zoe Adams", "Łucja Kowalska", "Maria del Carmen", "María Ángeles", "Li Wei"}
	for i, name := range names {
		rows = append(rows, fmt.Sprintf("%%s%d,%s,%s,%d,%s,%s,201%d-03-04,%s,%s", i, name, []string{"MALE", "FEMALE", ""}[i%3], i%4+1,
			[]string{"es", "pl", "zh-Hans"}[i%3], []string{"ASIAN", "WHITE"}[i%2], i, []string{"Mérida", "merida", "Łódź"}[i%3], []string{"MX", "PL"}[i%2]))
	}
	text := strings.Join(rows, "\n")
	for i, by := range []person{teacher, teacher, w.admin} {
		letter := string(rune('A' + i))
		w.take(by, variables{"schoolId": schools[i]}, strings.ReplaceAll(text, "%s", letter))
	}
	own := fmt.Sprintf("teacherId: %q", teacher.ID)
	for _, c := range []struct {
		arguments string
		want      string
	}{
		{`filter: {}`, "A2 A0 A1 A7 A4 A6 A5 A3 B2 B0 B1 B7 B4 B6 B5 B3"},
		{`orderBy: {field: SCHOOL, direction: DESCENDING}`, "B3 B5 B6 B4 B7 B1 B0 B2 A3 A5 A6 A4 A7 A1 A0 A2"},
		{`orderBy: {field: NAME}, filter: {text: "mari"}`, "A6 B6 A5 B5"},
		{`orderBy: {field: STUDENT_ID, direction: DESCENDING}, filter: {nativeLanguage: "ES"}`, "B6 B3 B0 A6 A3 A0"},
		{`orderBy: {field: CREATED_AT}, filter: {gradeLevel: GRADE_1}`, "A0 A4 B0 B4"},
		{`orderBy: {field: GRADE_LEVEL}, filter: {gradeLevels: [GRADE_4, GRADE_2]}`, "A1 A5 B1 B5 A3 A7 B3 B7"},
		{`orderBy: {field: GENDER}, filter: {schoolId: "` + schools[0] + `", text: "jose"}`, "A1 A0"},
		{`filter: {text: "NUÑEZ jo"}`, "A0 A1 B0 B1"},
		{`filter: {text: "lucja"}`, "A4 B4"},
		{`filter: {studentId: "A3"}`, "A3"},
		{`filter: {schoolId: "` + schools[2] + `"}`, ""},
		{`filter: {gender: MALE, ` + own + `, race: ASIAN}`, "A0 A6 B0 B6"},
		{`filter: {cityOfBirth: "MERIDA", ` + own + `, countryOfBirth: "mx"}`, "A0 A4 A6 B0 B4 B6"},
		{`filter: {bornFrom: "2012-01-01", bornTo: "2013-03-04", ` + own + `}`, "A2 A3 B2 B3"},
		{`orderBy: {field: DATE_OF_BIRTH, direction: DESCENDING}, filter: {` + own + `, race: WHITE, schoolId: "` + schools[1] + `"}`, "B7 B5 B3 B1"},
	} {
		for _, size := range []int{3, 100} {
			for _, backward := range []bool{false, true} {
				if diff := cmp.Diff(c.want, strings.Join(w.roll(teacher, c.arguments, size, backward), " ")); diff != "" {
					t.Errorf("%s, %d at a time, backward %t (-want +got):\n%s", c.arguments, size, backward, diff)
				}
			}
		}
		if n, want := w.count(teacher, "("+c.arguments+")"), len(strings.Fields(c.want)); n != want {
			t.Errorf("%s: %d in all, want %d", c.arguments, n, want)
		}
	}
	all := w.roll(w.admin, `orderBy: {field: NAME}`, 7, false)
	if len(all) != 24 || !slices.Equal(all[:3], []string{"A2", "B2", "C2"}) {
		t.Errorf("the administrator's list by name: %q", all)
	}
	if got := w.roll(w.admin, `filter: {text: "wei"}`, 2, true); !slices.Equal(got, []string{"A7", "B7", "C7"}) {
		t.Errorf("the administrator's search: %q", got)
	}
}

func TestStudents_arguments_refused(t *testing.T) {
	w := newWorld(t)
	for arguments, want := range map[string]problem{
		`first: 101`:   {Message: `"first" must be between 0 and 100; it was 101.`, Path: "students", Code: "BAD_USER_INPUT", Field: "first"},
		`after: "abc"`: {Message: `"abc" is not a cursor of this list.`, Path: "students", Code: "BAD_USER_INPUT", Field: "after"},
		`filter: {nativeLanguage: "klingonish!"}`: {Message: `"klingonish!" is not a language tag such as es or zh-Hant (BCP 47).`, Path: "students", Code: "BAD_USER_INPUT", Field: "filter.nativeLanguage"},
		`filter: {text: "?!"}`:                    {Message: "Give at least a letter or digit to search for.", Path: "students", Code: "BAD_USER_INPUT", Field: "filter.text"},
		`filter: {bornFrom: "2012-02-30"}`:        {Message: `"2012-02-30" is not a Date such as "2015-09-01".`, Path: "students.filter.bornFrom", Code: "BAD_USER_INPUT"},
		`filter: {countryOfBirth: "Mexico"}`:      {Message: `"Mexico" is not a country's code such as MX (ISO 3166-1, alpha-2).`, Path: "students", Code: "BAD_USER_INPUT", Field: "filter.countryOfBirth"},
	} {
		if got := w.students.Refused(w.admin, `{ students(`+arguments+`) { totalCount } }`, nil); got != want {
			t.Errorf("%s: %+v, want %+v", arguments, got, want)
		}
	}
}

// TestStudents_of_many_schools asks for what nothing bounds: with many schools
// that is refused, with the input that would bound it.
func TestStudents_of_many_schools(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	w.student(teacher, school, "1", "Ada Lovelace", nil)
	all := `{ students(orderBy: {field: NAME}) { edges { node { fullName } } } }`
	short := `{ searchStudents(name: "lo a") { edges { node { fullName } } } }`
	const found = `{"edges":[{"node":{"fullName":"Ada Lovelace"}}]}`
	gives := func(by person, operation, want string) {
		t.Helper()
		if a := w.students.Do(by, operation, nil); len(a.Errors) > 0 || !strings.Contains(string(a.Data), want) {
			t.Errorf("%s gives %s %+v", operation, a.Data, a.Errors)
		}
	}
	gives(w.admin, all, found)
	gives(w.admin, short, found)
	for i := range 16 {
		w.school(fmt.Sprint("School ", i))
	}
	for operation, want := range map[string]problem{
		all:   {Message: "There are 17 schools. Give the one whose students you want in this order, or order by SCHOOL; or filter by teacherId, studentId or text.", Code: "BAD_USER_INPUT", Field: "filter.schoolId", Path: "students"},
		short: {Message: "There are 17 schools. Give the one to search, or look for a word of at least 3 letters.", Code: "BAD_USER_INPUT", Field: "schoolId", Path: "searchStudents"},
	} {
		if diff := cmp.Diff(want, w.students.Refused(w.admin, operation, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operation, diff)
		}
	}
	gives(teacher, all, found)
	gives(teacher, short, found)
	for _, bounded := range []string{
		`{ students { edges { node { fullName } } } }`,
		`{ students(orderBy: {field: NAME}, filter: {teacherId: "` + teacher.ID + `"}) { edges { node { fullName } } } }`,
		`{ students(orderBy: {field: NAME}, filter: {studentId: "1"}) { edges { node { fullName } } } }`,
		`{ students(orderBy: {field: NAME}, filter: {schoolId: "` + school + `"}) { edges { node { fullName } } } }`,
		`{ searchStudents(name: "a love") { edges { node { fullName } } } }`,
		`{ searchStudents(name: "a", schoolId: "` + school + `") { edges { node { fullName } } } }`,
	} {
		gives(w.admin, bounded, found)
	}
}
