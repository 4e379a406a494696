package students_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"heddle/internal/caller"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/students"
	studentsgraph "heddle/subgraphs/students/graph"
)

var studentsDomain = subgraph.Of("students", "", students.SDL, students.Open, studentsgraph.Bind)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

// world is the domain with an administrator.
type world struct {
	*subgraphtest.World
	t        *testing.T
	students *subgraphtest.Service
	admin    person
	accounts *accounts
}

func newWorld(t *testing.T) *world { return newWorldOf(t, studentsDomain) }

func newWorldOf(t *testing.T, domain subgraph.Domain) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, accounts: &accounts{roles: map[string][]string{}}}
	w.Mongo()
	w.AnswerWith(w.accounts)
	w.students = w.Open(domain)
	w.admin = w.account(caller.Admin)
	return w
}

// accounts answers what the domain asks the graph: who has which roles.
type accounts struct {
	mu    sync.Mutex
	roles map[string][]string
}

func (a *accounts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Variables struct{ ID string } }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	roles, there := a.roles[asked.Variables.ID]
	a.mu.Unlock()
	var user any
	if there {
		user = map[string]any{"id": asked.Variables.ID, "roles": roles}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"user": user}})
}

// account makes a person with roles whom the graph knows.
func (w *world) account(roles ...string) person {
	w.t.Helper()
	p := w.PersonWith(roles...)
	w.accounts.mu.Lock()
	defer w.accounts.mu.Unlock()
	w.accounts.roles[p.ID] = roles
	return p
}

// school makes a school with teachers.
func (w *world) school(name string, teachers ...person) (id string) {
	w.t.Helper()
	var made struct {
		CreateSchool struct{ School struct{ ID string } }
	}
	w.students.Get(w.admin, mutation(`createSchool { school { id } }`), variables{"in": variables{"name": name}}, &made)
	id = made.CreateSchool.School.ID
	for _, teacher := range teachers {
		w.do(w.admin, `addTeacher { school { id } }`, variables{"schoolId": id, "userId": teacher.ID})
	}
	return id
}

// student enrols somebody, with further fields.
func (w *world) student(by person, school, number, name string, more variables) (id string) {
	w.t.Helper()
	in := variables{"schoolId": school, "studentId": number, "fullName": name}
	for k, v := range more {
		in[k] = v
	}
	var made struct {
		CreateStudent struct{ Student struct{ ID string } }
	}
	w.students.Get(by, mutation(`createStudent { student { id } }`), variables{"in": in}, &made)
	return made.CreateStudent.Student.ID
}

// do changes something, which must succeed.
func (w *world) do(by person, field string, in variables) {
	w.t.Helper()
	w.students.Get(by, mutation(field), variables{"in": in}, &map[string]any{})
}

// mutation is the operation of one field of Mutation: "createSchool { school { id } }".
func mutation(field string) string {
	name, selection, _ := strings.Cut(field, " ")
	return `mutation($in: ` + strings.ToUpper(name[:1]) + name[1:] + `Input!) { ` + name + `(input: $in) ` + selection + ` }`
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
