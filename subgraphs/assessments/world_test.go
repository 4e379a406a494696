package assessments_test

import (
	"encoding/json"
	"strings"
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/assessments"
	assessmentsgraph "heddle/subgraphs/assessments/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var domain = subgraph.Of("assessments", "", assessments.SDL, assessments.Open, assessmentsgraph.Bind)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

// world is the domain with a school of its own: the graph says what the test
// has said of who may do what with which student.
type world struct {
	*subgraphtest.World
	*subgraphtest.Enrolment
	t           *testing.T
	clock       *subgraphtest.Clock
	assessments *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, clock: subgraphtest.NewClock()}
	w.Mongo()
	w.Env.Now = w.clock.Now
	w.Enrolment = w.World.Enrolment()
	w.assessments = w.Open(domain)
	return w
}

const (
	shown = `{ id studentId student { id } testDate scores { listening speaking reading writing oralLanguage literacy comprehension }
		compositeLevel stage ellStatus ellStatusIsSet recordedBy { id } createdAt updatedAt
		history { totalCount edges { node { at by { id } kind fields { field from to } } } } }`
	createAssessment = `mutation($in: CreateAssessmentInput!) { createAssessment(input: $in) { assessment ` + shown + ` } }`
	updateAssessment = `mutation($in: UpdateAssessmentInput!) { updateAssessment(input: $in) { assessment ` + shown + ` } }`
	deleteAssessment = `mutation($in: DeleteAssessmentInput!) { deleteAssessment(input: $in) { deletedAssessmentId student { id proficiency { level } } } }`
	readAssessment   = `query($id: ID!) { assessment(id: $id) ` + shown + ` }`
	ofStudents       = `query($students: [_Any!]!, $first: Int, $after: String, $last: Int, $before: String) { _entities(representations: $students) { ... on Student { id
		assessments(first: $first, after: $after, last: $last, before: $before) {
			totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id testDate ellStatus compositeLevel } } }
		latestAssessment { id testDate ellStatus }
		proficiency { level stage ellStatus asOf history(first: 100) { totalCount edges { node { testDate level stage gain ellStatus assessment { id testDate } } } } }
	} } }`
)

// assessment is one as clients see it.
type assessment struct {
	ID, StudentID, TestDate string
	Student                 struct{ ID string }
	Scores                  map[string]*float64
	CompositeLevel          *float64
	Stage                   *string
	EllStatus               string
	EllStatusIsSet          bool
	RecordedBy              *struct{ ID string }
	CreatedAt, UpdatedAt    string
	History                 struct {
		TotalCount int
		Edges      []struct{ Node change }
	}
}

type change struct {
	At     string
	By     *struct{ ID string }
	Kind   string
	Fields []struct {
		Field    string
		From, To *string
	}
}

// all are the levels of an assessment whose domains are at the same level.
func all(level float64) variables {
	return variables{"listening": level, "speaking": level, "reading": level, "writing": level}
}

// record records an assessment of the student on the day.
func (w *world) record(by person, student, day string, scores variables, more ...variables) assessment {
	w.t.Helper()
	in := variables{"studentId": student, "testDate": day, "scores": scores}
	for _, m := range more {
		for name, value := range m {
			in[name] = value
		}
	}
	var a struct {
		CreateAssessment struct{ Assessment assessment }
	}
	w.assessments.Get(by, createAssessment, variables{"in": in}, &a)
	return a.CreateAssessment.Assessment
}

func (w *world) update(by person, id string, in variables) assessment {
	w.t.Helper()
	in["assessmentId"] = id
	var a struct {
		UpdateAssessment struct{ Assessment assessment }
	}
	w.assessments.Get(by, updateAssessment, variables{"in": in}, &a)
	return a.UpdateAssessment.Assessment
}

func (w *world) read(by person, id string) *assessment {
	w.t.Helper()
	var a struct{ Assessment *assessment }
	w.assessments.Get(by, readAssessment, variables{"id": id}, &a)
	return a.Assessment
}

// student as other domains' queries see them here.
type student struct {
	ID          string
	Assessments struct {
		TotalCount int
		PageInfo   struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       *string
		}
		Edges []struct {
			Cursor string
			Node   struct {
				ID, TestDate, EllStatus string
				CompositeLevel          *float64
			}
		}
	}
	LatestAssessment *struct{ ID, TestDate, EllStatus string }
	Proficiency      *struct {
		Level           *float64
		Stage           *string
		EllStatus, AsOf string
		History         struct {
			TotalCount int
			Edges      []struct {
				Node struct {
					TestDate   string
					Level      *float64
					Stage      *string
					Gain       *float64
					EllStatus  string
					Assessment struct{ ID, TestDate string }
				}
			}
		}
	}
}

func (w *world) students(by person, page variables, ids ...string) []student {
	w.t.Helper()
	in := variables{"students": subgraphtest.References("Student", ids...)}
	for name, value := range page {
		in[name] = value
	}
	var a struct {
		Entities []student `json:"_entities"`
	}
	w.assessments.Get(by, ofStudents, in, &a)
	return a.Entities
}

// days are the days of a page of assessments.
func (s student) days() string {
	var days []string
	for _, edge := range s.Assessments.Edges {
		days = append(days, edge.Node.TestDate)
	}
	return strings.Join(days, " ")
}

// history says what each assessment said: "day level status gain".
func (s student) history() string {
	var all []string
	for _, edge := range s.Proficiency.History.Edges {
		r := edge.Node
		all = append(all, strings.Join([]string{r.TestDate, number(r.Level), r.EllStatus, number(r.Gain)}, " "))
	}
	return strings.Join(all, ", ")
}

func number(f *float64) string {
	if f == nil {
		return "-"
	}
	text, _ := json.Marshal(*f) // numbers always marshal
	return string(text)
}
