package subgraphtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"heddle/internal/enrolment"
)

// Enrolment stands in for the domain students in a world of domains that keep
// something of students: it answers who may do what with which of them.
type Enrolment struct {
	world    *World
	mu       sync.Mutex
	accesses map[[2]string]enrolment.Access // by token and student
}

// Enrolment lets the graph answer as the test says from now on.
func (w *World) Enrolment() *Enrolment {
	e := &Enrolment{world: w, accesses: map[[2]string]enrolment.Access{}}
	w.AnswerWith(e)
	return e
}

// ServeHTTP answers studentsByIds { id viewerAccess }.
func (e *Enrolment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Variables struct{ IDs []string }
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		e.world.t.Error(err)
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	answer := make([]any, len(asked.Variables.IDs))
	e.mu.Lock()
	for i, id := range asked.Variables.IDs {
		if access := e.accesses[[2]string{token, id}]; access != enrolment.None {
			answer[i] = map[string]any{"id": id, "viewerAccess": access}
		}
	}
	e.mu.Unlock()
	if err := json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"studentsByIds": answer}}); err != nil {
		e.world.t.Error(err)
	}
}

// Student makes a student whom the people may see and change.
func (e *Enrolment) Student(teachers ...Person) (id string) {
	id = e.world.Env.NewID()
	for _, teacher := range teachers {
		e.Allow(teacher, id, enrolment.Write)
	}
	return id
}

// Allow says what a person may do with a student.
func (e *Enrolment) Allow(p Person, student string, access enrolment.Access) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.accesses[[2]string{p.Token, student}] = access
}

// References are representations of entities, as a router sends them to a
// domain's _entities.
func References(typename string, ids ...string) []Variables {
	all := make([]Variables, len(ids))
	for i, id := range ids {
		all[i] = Variables{"__typename": typename, "id": id}
	}
	return all
}
