package notifications_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// enrol publishes that a student was enrolled, whose name the graph knows.
func (w *world) enrol(name string, teacher person) (student string) {
	w.t.Helper()
	student = w.Env.NewID()
	w.people.mu.Lock()
	w.people.students[student] = name
	w.people.mu.Unlock()
	w.PublishWith("student.created", student, map[string]string{"studentId": student, "schoolId": w.Env.NewID(), "teacherId": teacher.ID})
	return student
}

func TestEvents_student_created(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	student := w.enrol("Zoë Ünal", ada)
	w.until("the teacher is welcomed", func() bool { return w.notes(ada, nil).TotalCount == 1 && len(w.mails(nil)) == 1 })
	n := w.notes(ada, nil).Edges[0].Node
	if n.Title != "Zoë Ünal is now in your class" || n.Category != "SCHOOL" || *n.Link != "/students/"+student {
		t.Errorf("the teacher was told %+v", n)
	}
	if mail := w.mails(nil)[0]; !strings.HasPrefix(mail.Text, "Hello ada,\n\nZoë Ünal was enrolled") || !strings.Contains(mail.Text, "https://app.heddle.example/students/"+student) {
		t.Errorf("the mail is %+v", mail)
	}
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	for _, asker := range w.people.askers {
		c, err := w.Env.Callers.Verify(t.Context(), strings.TrimPrefix(asker, "Bearer "))
		if err != nil || c.ID != "service:notifications" {
			t.Errorf("the graph was asked by %+v (%v)", c, err)
		}
	}
}

func TestEvents_room_invited(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.member("ada"), w.member("grace")
	room := w.Env.NewID()
	w.people.mu.Lock()
	w.people.rooms[room] = "Loom"
	w.people.mu.Unlock()
	w.PublishWith("room.invited", room, map[string]string{"roomId": room, "userId": grace.ID, "inviterId": ada.ID})
	w.until("grace is told", func() bool { return w.notes(grace, nil).TotalCount == 1 })
	if n := w.notes(grace, nil).Edges[0].Node; n.Title != "ada Tester invites you to Loom" || *n.Link != "/rooms/"+room {
		t.Errorf("grace was told %+v", n)
	}
	w.Publish("user.deleted", ada.ID) // whose name is in it
	w.until("the invitation is erased", func() bool { return w.notes(grace, nil).TotalCount == 0 })
}

// What names a student that is gone already is not sent, and waits for nothing.
func TestEvents_student_deleted_before_the_teacher_is_told(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	student := w.Env.NewID()
	w.PublishWith("student.created", student, map[string]string{"studentId": student, "teacherId": ada.ID})
	w.until("the request is dropped", func() bool {
		var n int
		w.row(`SELECT count(*) FROM requests WHERE dropped LIKE 'What it is about is gone%'`, &n)
		return n == 1
	})
	if got := w.notes(ada, nil); got.TotalCount != 0 {
		t.Errorf("the teacher was told %+v", got)
	}
}

// erasing counts what is left of an id or a name anywhere in the database.
func (w *world) traces(words ...string) []string {
	w.t.Helper()
	var found []string
	for _, table := range []string{"people", "modes", "requests", "notifications", "deliveries", "attempts", "mailbox", "push_subscriptions", "unsubscribe_links", "bounced", "idempotency_keys", "jobs.river_job"} {
		for _, word := range words {
			var n int
			w.row(fmt.Sprintf(`SELECT count(*) FROM %s t WHERE strpos(t::text, '%s') > 0`, table, word), &n)
			if n > 0 {
				found = append(found, fmt.Sprintf("%s: %s (%d)", table, word, n))
			}
		}
	}
	return found
}

func TestEvents_user_deleted_leaves_nothing(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.member("ada"), w.member("grace")
	w.set(ada, variables{"timeZone": "Europe/Berlin", "phone": "+491701234567", "modes": []variables{mode("SCHOOL", "EMAIL", "DIGEST")}})
	w.domain.Get(ada, register, newDevice(t).input("https://push.example/p/1"), &struct{}{})
	w.note(ada, "Personal", nil)
	w.note(grace, "About her", variables{"aboutIds": []string{ada.ID}})
	w.enrol("Zoë", ada)
	w.until("all is there", func() bool {
		return w.notes(ada, nil).TotalCount == 2 && w.notes(grace, nil).TotalCount == 1 && len(w.mails(nil)) == 2 && len(w.deliveries(variables{"state": "COLLECTED"})) == 1
	})
	w.Publish("user.deleted", ada.ID)
	w.until("nothing is left of her", func() bool { return w.notes(grace, nil).TotalCount == 0 })
	// Only her id is kept, so that nothing comes after, and in the jobs that have
	// nothing to do any more.
	left := w.traces("ada@heddle.example", "+491701234567", "Personal", "About her", "push.example", "Europe/Berlin")
	if diff := cmp.Diff([]string(nil), left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	request := w.note(ada, "Too late", nil)
	w.until("what comes after is dropped", func() bool {
		var n int
		w.row(`SELECT count(*) FROM requests WHERE id = '`+request+`' AND dropped LIKE 'There is no such person%' AND variables = '{}'`, &n)
		return n == 1
	})
	for _, operation := range []struct {
		text string
		with variables
	}{{updateSettings, variables{"input": variables{"phone": "+491701234568"}}}, {register, newDevice(t).input("https://push.example/p/2")}} {
		if got := w.domain.Refused(ada, operation.text, operation.with); got.Code != "NOT_FOUND" {
			t.Errorf("afterwards %s was refused with %+v", operation.text, got)
		}
	}
}

func TestEvents_student_deleted_leaves_nothing(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	student := w.enrol("Zoë Ünal", ada)
	other := w.enrol("Bo Li", ada)
	w.until("both are there", func() bool { return w.notes(ada, nil).TotalCount == 2 && len(w.mails(nil)) == 2 })
	w.Publish("student.deleted", student)
	w.Quiet("notifications")
	if n := w.notes(ada, nil).TotalCount; n != 1 {
		t.Errorf("%d notifications are left, want that of the other", n)
	}
	if left := w.traces("Zoë", student); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if left := w.traces(other); len(left) == 0 {
		t.Error("what is about another student is gone too")
	}
}

// While the graph or Redis is away nothing is lost.
func TestOutage_of_the_graph(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	w.people.mu.Lock()
	w.people.down = true
	w.people.mu.Unlock()
	w.note(ada, "Later", nil)
	w.AwaitAnswers(1)
	if got := w.notes(ada, nil); got.TotalCount != 0 {
		t.Errorf("without knowing who she is, ada was told %+v", got)
	}
	w.people.mu.Lock()
	w.people.down = false
	w.people.mu.Unlock()
	w.until("ada is told", func() bool { return w.notes(ada, nil).TotalCount == 1 && len(w.mails(nil)) == 1 })
}

// A page costs the same few statements, however long it is.
func TestStatements(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	const most = 30
	for n := range most {
		w.note(ada, fmt.Sprint(n), nil)
	}
	w.until("all is sent", func() bool {
		return len(w.deliveries(variables{"state": "SENT"})) == most && w.notes(ada, nil).TotalCount == most
	})
	for _, c := range []struct {
		by        person
		operation string
		table     string
		want      int
	}{
		{ada, `query($n: Int!) { notifications(first: $n) { totalCount unreadCount edges { node { title } } } }`, "notifications", 3},
		{w.admin, `query($n: Int!) { notificationDeliveries(first: $n) { totalCount edges { node { state attempts { outcome } } } } }`, "FROM deliveries d", 2},
		{w.admin, `query($n: Int!) { notificationDeliveries(first: $n) { edges { node { attempts { outcome } } } } }`, "FROM attempts", 1},
		{w.admin, `query($n: Int!) { mailbox(first: $n) { totalCount edges { node { subject headers { name } } } } }`, "FROM mailbox", 2},
		{w.admin, `query($n: Int!) { notificationTemplates(first: $n) { edges { node { active { version } versions { version texts { title } } } } } }`, "templates t", 2},
	} {
		for _, n := range []int{2, most} {
			mark := w.Statements.Mark()
			w.domain.Get(c.by, c.operation, variables{"n": n}, &struct{}{})
			got := 0
			for _, sql := range w.Statements.Since(mark) {
				if strings.Contains(sql, c.table) && strings.HasPrefix(strings.TrimSpace(sql), "SELECT") {
					got++
				}
			}
			if got != c.want {
				t.Errorf("%s for %d: %d statements, want %d", c.operation, n, got, c.want)
			}
		}
	}
}
