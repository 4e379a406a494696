package students_test

import (
	"sync"
	"testing"

	"heddle/internal/caller"
	"heddle/internal/subgraph/subgraphtest"
)

// TestStore_outage takes the store away: whoever asks is told that it is not
// there now, and nothing of what it is.
func TestStore_outage(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	id := w.student(teacher, school, "1", "Ada", nil)
	way := subgraphtest.NewWay(t, w.Env.Mongo.URL)
	w.Env.Mongo.URL = way.URL
	apart := w.Open(studentsDomain)
	apart.Get(teacher, `query($id: ID!) { student(id: $id) { fullName } }`, variables{"id": id}, &map[string]any{})
	way.Close()
	var asked sync.WaitGroup
	for operation, in := range map[string]variables{
		`query($id: ID!) { student(id: $id) { fullName } }`: {"id": id},
		`{ students { totalCount } }`:                       nil,
		mutation(`updateStudent { student { id } }`):        {"in": variables{"id": id, "gender": "FEMALE"}},
		mutation(`createStudent { student { id } }`):        {"in": variables{"schoolId": school, "studentId": "2", "fullName": "Grace"}},
	} {
		asked.Go(func() {
			a := apart.Do(teacher, operation, in)
			if len(a.Errors) != 1 || a.Errors[0].Code != "UNAVAILABLE" || a.Errors[0].Message != "What is kept of this cannot be reached now. Try again." {
				t.Errorf("%s gave %s %+v, want UNAVAILABLE", operation, a.Data, a.Errors)
			}
		})
	}
	asked.Wait()
}
