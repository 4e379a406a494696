package subgraphs_test

import (
	"fmt"
	"testing"
	"time"

	"heddle/internal/caller"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/assessments"
	"heddle/subgraphs/progress"
)

// askers are those whom the tables name; all but the own teacher are made.
func (s *school) askers() map[string]subgraphtest.Person {
	s.t.Helper()
	colleague, other := s.account("grace"), s.account("alan")
	elsewhere := s.made(s.admin, `mutation($in: CreateSchoolInput!) { createSchool(input: $in) { school { id } } }`, subgraphtest.Variables{"name": "Elsewhere"})
	for teacher, at := range map[string]string{colleague.ID: s.id, other.ID: elsewhere} {
		s.made(s.admin, `mutation($in: AddTeacherInput!) { addTeacher(input: $in) { school { id } } }`, subgraphtest.Variables{"schoolId": at, "userId": teacher})
	}
	return map[string]subgraphtest.Person{
		"admin": s.admin, "own teacher": s.teacher, "teacher": colleague, "other teacher": other,
		"student": s.PersonWith(caller.Student), "service": s.Service("search"), "nobody": {},
	}
}

// entity asks for a field of a thing by its key, as the router does.
func entity(kind, selection string, id string) (string, subgraphtest.Variables) {
	return `query($of: [_Any!]!) { _entities(representations: $of) { ... on ` + kind + ` { ` + selection + ` } } }`,
		subgraphtest.Variables{"of": []any{map[string]any{"__typename": kind, "id": id}}}
}

func TestAssessments_access(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	student := s.enrol(1, "Ann")
	standing := s.assess(student, "2020-01-01", 2)
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	free := func() string { // a day of which there is no assessment
		day = day.AddDate(0, 0, 1)
		return day.Format(time.DateOnly)
	}
	in := func(name, selection string, input subgraphtest.Variables) (string, subgraphtest.Variables) {
		return fmt.Sprintf(`mutation($in: %sAssessmentInput!) { %sAssessment(input: $in) { %s } }`, upper(name), name, selection), subgraphtest.Variables{"in": input}
	}
	s.services["assessments"].CheckAccess(subgraphtest.Access{
		File: "testdata/assessments.txt", SDL: assessments.SDL, Askers: s.askers(),
		Asks: map[string]subgraphtest.Ask{
			"Query.assessment": func(string) (string, subgraphtest.Variables) {
				return `query($id: ID!) { assessment(id: $id) { testDate } }`, subgraphtest.Variables{"id": standing}
			},
			"Mutation.createAssessment": func(string) (string, subgraphtest.Variables) {
				return in("create", "assessment { id }", subgraphtest.Variables{"studentId": student, "testDate": free(), "scores": map[string]any{"reading": 3}})
			},
			"Mutation.updateAssessment": func(string) (string, subgraphtest.Variables) {
				return in("update", "assessment { id }", subgraphtest.Variables{"assessmentId": standing, "scores": map[string]any{"reading": 3}})
			},
			"Mutation.deleteAssessment": func(string) (string, subgraphtest.Variables) {
				return in("delete", "deletedAssessmentId", subgraphtest.Variables{"assessmentId": s.assess(student, free(), 2)})
			},
			"Assessment": func(string) (string, subgraphtest.Variables) { return entity("Assessment", "testDate", standing) },
			"Student": func(string) (string, subgraphtest.Variables) {
				return entity("Student", "assessments { totalCount }", student)
			},
			"Student: latestAssessment": func(string) (string, subgraphtest.Variables) {
				return entity("Student", "latestAssessment { testDate }", student)
			},
			"Student: proficiency": func(string) (string, subgraphtest.Variables) {
				return entity("Student", "proficiency { level }", student)
			},
		},
	})
}

func TestProgress_access(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	student := s.enrol(1, "Ann")
	standing := s.reach(student, "2025-06-01", "Read a book")
	in := func(name, selection string, input subgraphtest.Variables) (string, subgraphtest.Variables) {
		return fmt.Sprintf(`mutation($in: %sMilestoneInput!) { %sMilestone(input: $in) { %s } }`, upper(name), name, selection), subgraphtest.Variables{"in": input}
	}
	s.services["progress"].CheckAccess(subgraphtest.Access{
		File: "testdata/progress.txt", SDL: progress.SDL, Askers: s.askers(),
		Asks: map[string]subgraphtest.Ask{
			"Query.progressReport": func(string) (string, subgraphtest.Variables) {
				return `query($id: ID!) { progressReport(studentId: $id, from: "2025-01-01", to: "2025-12-31") { generatedAt } }`, subgraphtest.Variables{"id": student}
			},
			"Query.milestone": func(string) (string, subgraphtest.Variables) {
				return `query($id: ID!) { milestone(id: $id) { title } }`, subgraphtest.Variables{"id": standing}
			},
			"Mutation.addMilestone": func(string) (string, subgraphtest.Variables) {
				return in("add", "milestone { id }", subgraphtest.Variables{"studentId": student, "title": "Read two"})
			},
			"Mutation.updateMilestone": func(string) (string, subgraphtest.Variables) {
				return in("update", "milestone { id }", subgraphtest.Variables{"milestoneId": standing, "title": "Read a long book"})
			},
			"Mutation.removeMilestone": func(string) (string, subgraphtest.Variables) {
				return in("remove", "removedMilestoneId", subgraphtest.Variables{"milestoneId": s.reach(student, "2025-06-01", "Read three")})
			},
			"Milestone": func(string) (string, subgraphtest.Variables) { return entity("Milestone", "title", standing) },
			"Student": func(string) (string, subgraphtest.Variables) {
				return entity("Student", "progress { totalCount }", student)
			},
			"Student: milestones": func(string) (string, subgraphtest.Variables) {
				return entity("Student", "milestones { totalCount }", student)
			},
		},
	})
}

// upper begins the name of an input.
func upper(name string) string { return string(name[0]-'a'+'A') + name[1:] }
