package progress_test

import (
	"slices"
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/progress"
	progressgraph "heddle/subgraphs/progress/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var domain = subgraph.Of("progress", "", progress.SDL, progress.Open, progressgraph.Bind)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

// world is the domain with a school of its own: the graph says what the test
// has said of who may do what with which student. How the domain goes with the
// real others is shown where all domains are opened.
type world struct {
	*subgraphtest.World
	*subgraphtest.Enrolment
	t        *testing.T
	clock    *subgraphtest.Clock
	progress *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, clock: subgraphtest.NewClock()}
	w.Env.Now = w.clock.Now
	w.Enrolment = w.World.Enrolment()
	w.progress = w.Open(domain)
	return w
}

const (
	shown           = `{ id student { id } title note domain reachedOn addedBy { id } createdAt updatedAt }`
	addMilestone    = `mutation($in: AddMilestoneInput!) { addMilestone(input: $in) { milestone ` + shown + ` } }`
	updateMilestone = `mutation($in: UpdateMilestoneInput!) { updateMilestone(input: $in) { milestone ` + shown + ` } }`
	removeMilestone = `mutation($in: RemoveMilestoneInput!) { removeMilestone(input: $in) { removedMilestoneId student { id milestones { totalCount } } } }`
	readMilestone   = `query($id: ID!) { milestone(id: $id) ` + shown + ` }`
	ofStudents      = `query($students: [_Any!]!, $filter: ProgressFilter, $first: Int, $after: String, $last: Int, $before: String) {
		_entities(representations: $students) { ... on Student { id
			progress(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
				totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
				edges { node { id kind occurredOn recordedAt assessment { id } milestone { id title } } } }
			milestones { totalCount edges { node { id title } } }
		} }
	}`
)

// milestone is one as clients see it.
type milestone struct {
	ID                   string
	Student              struct{ ID string }
	Title, Note          string
	Domain               *string
	ReachedOn            string
	AddedBy              *struct{ ID string }
	CreatedAt, UpdatedAt string
}

func (w *world) add(by person, student, title string, more variables) milestone {
	w.t.Helper()
	in := variables{"studentId": student, "title": title}
	for name, value := range more {
		in[name] = value
	}
	var a struct{ AddMilestone struct{ Milestone milestone } }
	w.progress.Get(by, addMilestone, variables{"in": in}, &a)
	return a.AddMilestone.Milestone
}

func (w *world) update(by person, id string, in variables) milestone {
	w.t.Helper()
	in["milestoneId"] = id
	var a struct{ UpdateMilestone struct{ Milestone milestone } }
	w.progress.Get(by, updateMilestone, variables{"in": in}, &a)
	return a.UpdateMilestone.Milestone
}

func (w *world) read(by person, id string) *milestone {
	w.t.Helper()
	var a struct{ Milestone *milestone }
	w.progress.Get(by, readMilestone, variables{"id": id}, &a)
	return a.Milestone
}

type student struct {
	ID       string
	Progress struct {
		TotalCount int
		PageInfo   struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       *string
		}
		Edges []struct {
			Node struct {
				ID, Kind, OccurredOn, RecordedAt string
				Assessment                       *struct{ ID string }
				Milestone                        *struct{ ID, Title string }
			}
		}
	}
	Milestones struct {
		TotalCount int
		Edges      []struct{ Node struct{ ID, Title string } }
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
	w.progress.Get(by, ofStudents, in, &a)
	return a.Entities
}

// timeline is the page as text: a line for each entry, "day KIND title".
func (s student) timeline() []string {
	lines := []string{}
	for _, edge := range s.Progress.Edges {
		e := edge.Node
		line := e.OccurredOn + " " + e.Kind
		if e.Milestone != nil {
			line += " " + e.Milestone.Title
		}
		lines = append(lines, line)
	}
	return lines
}

// traces are the tables of the domain's database in which a row contains the text.
func (w *world) traces(text string) (tables []string) {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), "education_elly_progress")
	if err != nil {
		w.t.Fatal(err)
	}
	defer pool.Close()
	for _, table := range []string{"milestones", "progress_timeline", "idempotency_keys", "gone_assessments"} {
		var n int
		if err := pool.QueryRow(w.t.Context(), `SELECT count(*) FROM `+table+` t WHERE t::text LIKE '%' || $1 || '%'`, text).Scan(&n); err != nil {
			w.t.Fatal(err)
		}
		if n > 0 {
			tables = append(tables, table)
		}
	}
	slices.Sort(tables)
	return tables
}
