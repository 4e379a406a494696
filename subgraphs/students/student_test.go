package students_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
)

const wholeStudent = `{ fullName studentId school { name } teacher { id } gender gradeLevel nativeLanguage race dateOfBirth cityOfBirth countryOfBirth photo { id } viewerAccess
	history(first: 5) { totalCount edges { node { by { id } kind fields { field from to } } } } }`

func TestResolvers_a_student_as_each_may_see_them(t *testing.T) {
	w := newWorld(t)
	own, colleague, stranger := w.account(caller.Teacher), w.account(caller.Teacher), w.account(caller.Teacher)
	school := w.school("Loom Street Primary", own, colleague)
	w.school("Elsewhere", stranger)
	id := w.student(own, school, "A-1", "José Núñez", variables{
		"gender": "MALE", "gradeLevel": "GRADE_3", "nativeLanguage": "ES-mx", "race": "HISPANIC_OR_LATINO",
		"dateOfBirth": "2017-05-04", "cityOfBirth": "Mérida", "countryOfBirth": "MX",
	})
	common := `"fullName":"José Núñez","studentId":"A-1","school":{"name":"Loom Street Primary"},"teacher":{"id":"` + own.ID + `"},"gender":"MALE","gradeLevel":"GRADE_3","nativeLanguage":"es-MX",`
	hidden := `"race":null,"dateOfBirth":null,"cityOfBirth":null,"countryOfBirth":null,"photo":null,`
	personal := `"race":"HISPANIC_OR_LATINO","dateOfBirth":"2017-05-04","cityOfBirth":"Mérida","countryOfBirth":"MX","photo":null,`
	begin := `{"field":"studentId","from":null,"to":"A-1"},{"field":"fullName","from":null,"to":"José Núñez"},{"field":"gender","from":null,"to":"MALE"},{"field":"gradeLevel","from":null,"to":"GRADE_3"},{"field":"nativeLanguage","from":null,"to":"es-MX"}`
	history := func(fields string) string {
		return `"history":{"totalCount":1,"edges":[{"node":{"by":{"id":"` + own.ID + `"},"kind":"CREATED","fields":[` + fields + `]}}]}`
	}
	ownHistory := history(begin + `,{"field":"race","from":null,"to":"HISPANIC_OR_LATINO"},{"field":"dateOfBirth","from":null,"to":"2017-05-04"},{"field":"cityOfBirth","from":null,"to":"Mérida"},{"field":"countryOfBirth","from":null,"to":"MX"},{"field":"teacherId","from":null,"to":"` + own.ID + `"}`)
	otherHistory := history(begin + `,{"field":"teacherId","from":null,"to":"` + own.ID + `"}`)
	for _, c := range []struct {
		name  string
		asker person
		want  string
	}{
		{"their teacher", own, `{` + common + personal + `"viewerAccess":"PERSONAL",` + ownHistory + `}`},
		{"an administrator", w.admin, `{` + common + personal + `"viewerAccess":"PERSONAL",` + ownHistory + `}`},
		{"a teacher of the school", colleague, `{` + common + hidden + `"viewerAccess":"WRITE",` + otherHistory + `}`},
		{"a service", w.Service("notifications"), `{` + common + hidden + `"viewerAccess":"READ","history":{"totalCount":0,"edges":[]}}`},
		{"a teacher of another school", stranger, `null`},
		{"a student", w.account(caller.Student), `null`},
	} {
		var got struct{ Student json.RawMessage }
		w.students.Get(c.asker, `query($id: ID!) { student(id: $id) `+wholeStudent+` }`, variables{"id": id}, &got)
		if diff := cmp.Diff(c.want, string(got.Student)); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", c.name, diff)
		}
	}
}
