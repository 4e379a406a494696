package subgraphs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/subgraph/subgraphtest"
)

// TestEducation_outage takes the store of one domain after the other away: what
// the others know of a class still comes, with an error for each field that is
// missing, and a change is refused. When the store is back, so is the rest.
func TestEducation_outage(t *testing.T) {
	t.Parallel()
	var documents, tables *subgraphtest.Way
	s := newSchool(t, func(w *world, domain string) {
		switch domain {
		case "assessments":
			documents = subgraphtest.NewWay(t, w.Env.Mongo.URL)
			w.Env.Mongo.URL = documents.URL
		case "progress":
			tables = subgraphtest.NewWay(t, w.Env.Postgres.URL)
			w.Env.Postgres.URL = tables.URL
		}
	})
	const size = 3
	var student string
	for i := range size {
		student = s.enrol(i, fmt.Sprintf("Student %d", i))
		s.assess(student, "2025-02-03", 2.5)
		s.reach(student, "2025-06-01", "Read a book")
	}
	s.Quiet("progress", "assessments")
	for _, c := range []struct {
		domain, change string
		way            *subgraphtest.Way
		fields         []string
		input          subgraphtest.Variables
	}{
		{"assessments", `mutation($in: CreateAssessmentInput!) { createAssessment(input: $in) { assessment { id } } }`, documents,
			[]string{"latestAssessment", "proficiency"}, subgraphtest.Variables{"studentId": student, "testDate": "2025-03-03", "scores": map[string]any{"reading": 3}}},
		{"progress", `mutation($in: AddMilestoneInput!) { addMilestone(input: $in) { milestone { id } } }`, tables,
			[]string{"progress"}, subgraphtest.Variables{"studentId": student, "title": "Read two"}},
	} {
		t.Run(c.domain, func(t *testing.T) {
			asked := subgraphtest.Variables{"school": s.id, "first": size}
			whole := s.must(s.teacher, class, asked)
			c.way.Close()
			without := s.router.Do(s.teacher, class, asked)
			if len(without.Errors) < len(c.fields) {
				t.Errorf("errors %+v, want one for each of %v", without.Errors, c.fields)
			}
			for _, e := range without.Errors {
				if e.Code != "UNAVAILABLE" || !strings.HasPrefix(e.Path, "students.edges.") || e.Message != "What is kept of this cannot be reached now. Try again." {
					t.Errorf("the error is %+v", e)
				}
			}
			var rest map[string]any
			if err := json.Unmarshal(without.Data, &rest); err != nil {
				t.Fatal(err)
			}
			for _, edge := range read[[]any](whole, "students", "edges") {
				for _, field := range c.fields {
					edge.(map[string]any)["node"].(map[string]any)[field] = nil
				}
			}
			if diff := cmp.Diff(whole, rest); diff != "" {
				t.Errorf("without %s (-want +got):\n%s", c.domain, diff)
			}
			if refused := s.router.Refused(s.teacher, c.change, subgraphtest.Variables{"in": c.input}); refused.Code != "UNAVAILABLE" {
				t.Errorf("a change is refused with %+v", refused)
			}
			c.way.Open()
			s.recovers(func() subgraphtest.Answer {
				return s.router.Do(s.teacher, c.change, subgraphtest.Variables{"in": c.input})
			})
			s.recovers(func() subgraphtest.Answer { return s.router.Do(s.teacher, class, asked) })
			s.Quiet("progress", "assessments")
		})
	}
}

// recovers asks until there is no error: each try may find one more connection
// that broke while the store was away, of which a domain has a few.
func (s *school) recovers(ask func() subgraphtest.Answer) {
	s.t.Helper()
	const connections = 16
	var last subgraphtest.Answer
	for range connections {
		if last = ask(); len(last.Errors) == 0 {
			return
		}
	}
	s.t.Errorf("when the store is back the errors are %+v", last.Errors)
}

// read follows names into an answer.
func read[T any](data any, names ...string) T {
	for _, name := range names {
		data = data.(map[string]any)[name]
	}
	return data.(T)
}
