package students_test

import (
	"fmt"
	"maps"
	"testing"

	"heddle/internal/caller"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/students"
)

// office is a world with everybody who stands in the table.
type office struct {
	*world
	askers                 map[string]person
	school, elsewhere      string
	own, deleted, imported string // students and an import
	numbers                int
}

func newOffice(t *testing.T) *office {
	o := &office{world: newWorld(t)}
	own, colleague, stranger, left := o.account(caller.Teacher), o.account(caller.Teacher), o.account(caller.Teacher), o.account(caller.Teacher)
	o.askers = map[string]person{
		"admin": o.admin, "own teacher": own, "colleague": colleague, "elsewhere": stranger, "left": left,
		"student": o.account(caller.Student), "service": o.Service("notifications"), "nobody": {},
	}
	o.school, o.elsewhere = o.world.school("Loom Street", own, colleague, left), o.world.school("Elsewhere", stranger)
	o.own = o.enrol(own.ID)
	o.deleted = o.enrol(own.ID)
	o.student(o.admin, o.elsewhere, "1", "Somebody Else", variables{"race": "ASIAN"})
	o.do(o.admin, `deleteStudent { deletedStudentId }`, variables{"id": o.deleted})
	o.do(o.admin, `removeTeacher { school { id } }`, variables{"schoolId": o.school, "userId": left.ID})
	o.imported = o.take(own, variables{"schoolId": o.school}, "studentId,fullName\nI-1,Annie Easley\n")
	return o
}

// enrol makes a student with all fields.
func (o *office) enrol(teacher any) (id string) {
	o.numbers++
	return o.student(o.admin, o.school, fmt.Sprint("N-", o.numbers), "Ada Lovelace", variables{
		"teacherId": teacher, "race": "WHITE", "dateOfBirth": "2015-12-10", "cityOfBirth": "London", "countryOfBirth": "GB",
	})
}

// one is a query of a field of Query or, within it, of an object.
func one(format string, args ...any) subgraphtest.Ask {
	return func(string) (string, variables) { return fmt.Sprintf(format, args...), nil }
}

// change is a mutation with an input of its own for each cell.
func change(field string, in func() variables) subgraphtest.Ask {
	return func(string) (string, variables) { return mutation(field), variables{"in": in()} }
}

func (o *office) reads() map[string]subgraphtest.Ask {
	list := func(arguments string) subgraphtest.Ask {
		return one(`{ students(first: 5 %s) { edges { node { id } } } }`, arguments)
	}
	own := func(arguments string) subgraphtest.Ask {
		return func(asker string) (string, variables) {
			return fmt.Sprintf(`{ students(filter: {race: WHITE, teacherId: %q}) { edges { node { id } } } }`, o.ownTeacher(asker, arguments)), nil
		}
	}
	asks := map[string]subgraphtest.Ask{
		"Query.student":                          one(`{ student(id: %q) { id } }`, o.own),
		"Query.student: not there":               one(`{ student(id: %q) { id } }`, newID()),
		"Query.student: deleted":                 one(`{ student(id: %q) { id } }`, o.deleted),
		"Query.studentsByIds":                    one(`{ studentsByIds(ids: [%q]) { id } }`, o.own),
		"Query.students":                         one(`{ students(filter: {schoolId: %q}) { edges { node { id } } } }`, o.school),
		"Query.students: of another school":      one(`{ students(filter: {schoolId: %q}) { edges { node { id } } } }`, o.elsewhere),
		"Query.students: by race":                list(`filter: {race: WHITE}`),
		"Query.students: by race, own":           own(""),
		"Query.students: by race, a colleague's": own("own teacher"),
		"Query.students: by first day of birth":  list(`filter: {bornFrom: "2015-01-01"}`),
		"Query.students: by last day of birth":   list(`filter: {bornTo: "2016-01-01"}`),
		"Query.students: by city of birth":       list(`filter: {cityOfBirth: "london"}`),
		"Query.students: by country of birth":    list(`filter: {countryOfBirth: "GB"}`),
		"Query.students: in order of birth":      list(`orderBy: {field: DATE_OF_BIRTH}`),
		"Query.students: in order of race":       list(`orderBy: {field: RACE}`),
		"Query.students: in order of city":       list(`orderBy: {field: CITY_OF_BIRTH}`),
		"Query.students: in order of country":    list(`orderBy: {field: COUNTRY_OF_BIRTH}`),
		"Query.students: by text":                list(`filter: {text: "love"}`),
		"Query.searchStudents":                   one(`{ searchStudents(name: "love") { edges { node { id } } } }`),
		"Query.school":                           one(`{ school(id: %q) { id } }`, o.school),
		"Query.schools":                          one(`{ schools { edges { node { id } } } }`),
		"Student":                                one(`{ _entities(representations: [{__typename: "Student", id: %q}]) { ... on Student { fullName } } }`, o.own),
		"Student.history":                        one(`{ student(id: %q) { history { edges { node { at } } } } }`, o.own),
		"School":                                 one(`{ _entities(representations: [{__typename: "School", id: %q}]) { ... on School { name } } }`, o.school),
		"Query.studentImport":                    one(`{ studentImport(id: %q) { id } }`, o.imported),
		"Subscription.importProgress":            one(`subscription { importProgress(importId: %q) { id } }`, o.imported),
		"School.teachers":                        one(`{ school(id: %q) { teachers { id } } }`, o.school),
		"School.students":                        one(`{ school(id: %q) { students { edges { node { id } } } } }`, o.school),
	}
	for _, field := range []string{"race", "dateOfBirth", "cityOfBirth", "countryOfBirth"} {
		asks["Student."+field] = one(`{ student(id: %q) { `+field+` } }`, o.own)
	}
	return asks
}

// ownTeacher is whose students are asked for: the asker's own, unless said
// otherwise; an administrator asks for the teacher's.
func (o *office) ownTeacher(asker, of string) string {
	if of == "" && asker != "admin" && o.askers[asker].ID != "" && asker != "service" {
		return o.askers[asker].ID
	}
	return o.askers["own teacher"].ID
}

func (o *office) changes() map[string]subgraphtest.Ask {
	teacher := o.askers["own teacher"].ID
	edit := func(student func() string, more variables) subgraphtest.Ask {
		return change(`updateStudent { student { id } }`, func() variables {
			in := maps.Clone(more)
			in["id"] = student()
			return in
		})
	}
	fresh := func() string { return o.enrol(teacher) }
	enrol := func(school, number string) subgraphtest.Ask {
		return change(`createStudent { student { id } }`, func() variables {
			if number != "" {
				return variables{"schoolId": school, "studentId": number, "fullName": "Grace Hopper"}
			}
			return variables{"schoolId": school, "studentId": newID(), "fullName": "Grace Hopper"}
		})
	}
	return map[string]subgraphtest.Ask{
		"Mutation.importStudents": func(string) (string, variables) {
			return mutation(`importStudents { import { id } }`), variables{"in": variables{"schoolId": o.school, "file": subgraphtest.File{Name: "a.csv", Text: "studentId,fullName\n"}}}
		},
		"Mutation.exportStudents": change(`exportStudents { file { url } }`, func() variables { return variables{} }),
		"Mutation.createSchool":   change(`createSchool { school { id } }`, func() variables { return variables{"name": "Another"} }),
		"Mutation.updateSchool":   change(`updateSchool { school { id } }`, func() variables { return variables{"schoolId": o.school, "name": "Loom Street Primary"} }),
		"Mutation.addTeacher":     change(`addTeacher { school { id } }`, func() variables { return variables{"schoolId": o.school, "userId": teacher} }),
		"Mutation.removeTeacher": change(`removeTeacher { school { id } }`, func() variables {
			other := o.account(caller.Teacher)
			o.do(o.admin, `addTeacher { school { id } }`, variables{"schoolId": o.school, "userId": other.ID})
			return variables{"schoolId": o.school, "userId": other.ID}
		}),
		"Mutation.createStudent":                     enrol(o.school, ""),
		"Mutation.createStudent: number is taken":    enrol(o.school, "N-1"),
		"Mutation.createStudent: no such school":     enrol(newID(), ""),
		"Mutation.updateStudent":                     edit(fresh, variables{"gradeLevel": "GRADE_2"}),
		"Mutation.updateStudent: race":               edit(fresh, variables{"race": "ASIAN"}),
		"Mutation.updateStudent: take over":          edit(fresh, variables{"teacherId": o.askers["colleague"].ID}),
		"Mutation.updateStudent: take over nobody's": edit(func() string { return o.enrol(nil) }, variables{"teacherId": o.askers["colleague"].ID}),
		"Mutation.updateStudent: not there":          edit(newID, variables{"gradeLevel": "GRADE_2"}),
		"Mutation.deleteStudent":                     change(`deleteStudent { deletedStudentId }`, func() variables { return variables{"id": fresh()} }),
	}
}

func TestStudents_access(t *testing.T) {
	o := newOffice(t)
	asks := o.reads()
	maps.Copy(asks, o.changes())
	o.students.CheckAccess(subgraphtest.Access{File: "testdata/access.txt", SDL: students.SDL, Askers: o.askers, Asks: asks})
}
