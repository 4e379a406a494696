package progress_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAddMilestone(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	added := w.add(ada, student, "  Read a whole book  ", variables{"note": "Charlotte’s Web,\nin nine days.", "domain": "READING", "reachedOn": "2025-05-04"})
	reading := "READING"
	want := milestone{
		ID: added.ID, Title: "Read a whole book", Note: "Charlotte’s Web,\nin nine days.", Domain: &reading, ReachedOn: "2025-05-04",
		CreatedAt: added.CreatedAt, UpdatedAt: added.CreatedAt, Student: struct{ ID string }{student}, AddedBy: &struct{ ID string }{ada.ID},
	}
	if diff := cmp.Diff(want, added); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&want, w.read(ada, added.ID)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	today := w.clock.Now().Format(time.DateOnly)
	if got := w.add(ada, student, "Asked a question", nil); got.ReachedOn != today || got.Note != "" || got.Domain != nil {
		t.Errorf("with a title alone: %+v", got)
	}
	if diff := cmp.Diff([]string{today + " MILESTONE Asked a question", "2025-05-04 MILESTONE Read a whole book"}, w.students(ada, nil, student)[0].timeline()); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func TestAddMilestone_bad_input(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	tomorrow := w.clock.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	for _, c := range []struct {
		name string
		in   variables
		want problem
	}{
		{"no title", variables{"title": "  "}, problem{Message: "A title has 1 to 200 characters; this one has 0.", Field: "title"}},
		{"a long title", variables{"title": strings.Repeat("é", 201)}, problem{Message: "A title has 1 to 200 characters; this one has 201.", Field: "title"}},
		{"a title of two lines", variables{"title": "a\nb"}, problem{Message: "A title is text without control characters.", Field: "title"}},
		{"a long note", variables{"note": strings.Repeat("é", 4001)}, problem{Message: "A note has at most 4000 characters; this one has 4001.", Field: "note"}},
		{"NUL in the note", variables{"note": "a\x00b"}, problem{Message: "A note is text without control characters but line breaks and tabs.", Field: "note"}},
		{"in the future", variables{"reachedOn": tomorrow}, problem{Message: "A milestone is added when it has been reached; " + tomorrow + " is in the future.", Field: "reachedOn"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := variables{"studentId": student, "title": "Read a book"}
			for name, value := range c.in {
				in[name] = value
			}
			c.want.Code, c.want.Path = "BAD_USER_INPUT", "addMilestone"
			if diff := cmp.Diff(c.want, w.progress.Refused(ada, addMilestone, variables{"in": in})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdateMilestone(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	student := w.Student(ada, grace)
	added := w.add(ada, student, "Read a book", variables{"note": "Slowly", "domain": "READING", "reachedOn": "2025-05-04"})
	w.clock.Move(time.Second)
	changed := w.update(grace, added.ID, variables{"title": "Read two books", "reachedOn": "2025-06-01", "domain": nil})
	want := added
	want.Title, want.ReachedOn, want.Domain, want.UpdatedAt = "Read two books", "2025-06-01", nil, changed.UpdatedAt
	if diff := cmp.Diff(want, changed); diff != "" || changed.UpdatedAt == added.UpdatedAt {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2025-06-01 MILESTONE Read two books"}, w.students(ada, nil, student)[0].timeline()); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func TestRemoveMilestone(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	added := w.add(ada, student, "Read a book", nil)
	w.add(ada, student, "Read two", variables{"reachedOn": "2025-06-01"})
	var removed struct {
		RemoveMilestone struct {
			RemovedMilestoneID string
			Student            struct {
				ID         string
				Milestones struct{ TotalCount int }
			}
		}
	}
	w.progress.Get(ada, removeMilestone, variables{"in": variables{"milestoneId": added.ID}}, &removed)
	if r := removed.RemoveMilestone; r.RemovedMilestoneID != added.ID || r.Student.ID != student || r.Student.Milestones.TotalCount != 1 {
		t.Errorf("removed %+v", r)
	}
	if got := w.students(ada, nil, student)[0]; w.read(ada, added.ID) != nil || got.Progress.TotalCount != 1 || got.timeline()[0] != "2025-06-01 MILESTONE Read two" {
		t.Errorf("left %+v", got)
	}
	again := w.progress.Refused(ada, removeMilestone, variables{"in": variables{"milestoneId": added.ID}})
	if again.Code != "NOT_FOUND" || again.Message != `There is no milestone "`+added.ID+`".` {
		t.Errorf("again: %+v", again)
	}
}

// TestAddMilestone_idempotency sends the same request many times at once, and
// then another with its key.
func TestAddMilestone_idempotency(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	student := w.Student(ada)
	var all sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		all.Go(func() { ids[i] = w.add(ada, student, "Read a book", variables{"idempotencyKey": "k"}).ID })
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("made %v, want one", ids)
		}
	}
	other := w.progress.Refused(ada, addMilestone, variables{"in": variables{"studentId": student, "title": "Read two", "idempotencyKey": "k"}})
	if other.Code != "CONFLICT" || other.Field != "idempotencyKey" {
		t.Errorf("another input: %+v", other)
	}
	if got := w.students(ada, nil, student)[0]; got.Progress.TotalCount != 1 || got.Milestones.TotalCount != 1 {
		t.Errorf("kept %+v, want one", got)
	}
}
