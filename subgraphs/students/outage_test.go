package students_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"heddle/internal/caller"
)

// way is a way to the store that a test can close.
type way struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	open     []net.Conn
	served   sync.WaitGroup
}

// newWay opens a way to the address of the URL, and gives the URL that goes by it.
func newWay(t *testing.T, to string) (*way, string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{listener: listener, to: u.Host}
	w.served.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			w.served.Go(func() { w.pass(from) })
		}
	})
	t.Cleanup(w.close)
	u.Host = listener.Addr().String()
	return w, u.String()
}

func (w *way) pass(from net.Conn) {
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = from.Close()
		return
	}
	w.mu.Lock()
	w.open = append(w.open, from, to)
	w.mu.Unlock()
	w.served.Go(func() { _, _ = io.Copy(to, from); _ = to.Close() })
	_, _ = io.Copy(from, to) // until one of them has gone
	_ = from.Close()
}

func (w *way) close() {
	_ = w.listener.Close()
	w.mu.Lock()
	for _, conn := range w.open {
		_ = conn.Close()
	}
	w.mu.Unlock()
	w.served.Wait()
}

// TestStore_outage takes the store away: whoever asks is told that it is not
// there now, and nothing of what it is.
func TestStore_outage(t *testing.T) {
	w := newWorld(t)
	teacher := w.account(caller.Teacher)
	school := w.school("Loom Street", teacher)
	id := w.student(teacher, school, "1", "Ada", nil)
	there, at := newWay(t, w.Env.Mongo.URL)
	w.Env.Mongo.URL = at
	apart := w.Open(studentsDomain)
	apart.Get(teacher, `query($id: ID!) { student(id: $id) { fullName } }`, variables{"id": id}, &map[string]any{})
	there.close()
	var asked sync.WaitGroup
	for operation, in := range map[string]variables{
		`query($id: ID!) { student(id: $id) { fullName } }`: {"id": id},
		`{ students { totalCount } }`:                       nil,
		mutation(`updateStudent { student { id } }`):        {"in": variables{"id": id, "gender": "FEMALE"}},
		mutation(`createStudent { student { id } }`):        {"in": variables{"schoolId": school, "studentId": "2", "fullName": "Grace"}},
	} {
		asked.Go(func() {
			a := apart.Do(teacher, operation, in)
			if len(a.Errors) != 1 || a.Errors[0].Code != "UNAVAILABLE" || a.Errors[0].Message != "The records of students cannot be reached now. Try again." {
				t.Errorf("%s gave %s %+v, want UNAVAILABLE", operation, a.Data, a.Errors)
			}
		})
	}
	asked.Wait()
}
