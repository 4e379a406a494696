package notifications_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSendNotification_in_the_app_and_by_mail(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	stream := w.listen(ada)
	w.note(ada, "First", variables{"link": "/rooms/1"})
	if diff := cmp.Diff([]string{"First"}, heard(stream, 1)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	w.until("the mail is sent", func() bool { return len(w.deliveries(variables{"state": "SENT"})) == 1 })
	got := w.notes(ada, nil)
	if len(got.Edges) != 1 || got.TotalCount != 1 || got.UnreadCount != 1 {
		t.Fatalf("ada was told %+v", got)
	}
	n := got.Edges[0].Node
	if n.Title != "First" || n.Text != "First.\n\nhttps://app.heddle.example/rooms/1" || n.Category != "GENERAL" || *n.Link != "/rooms/1" || n.ReadAt != nil {
		t.Errorf("ada was told %+v", n)
	}
	mails := w.mails(nil)
	if len(mails) != 1 || mails[0].To != "ada@heddle.example" || mails[0].Subject != "First" {
		t.Fatalf("the mailbox has %+v", mails)
	}
	history := w.deliveries(nil)
	if len(history) != 1 || history[0].State != "SENT" || history[0].ID != mails[0].ID || len(history[0].Attempts) != 1 || history[0].Attempts[0].Outcome != "SENT" {
		t.Errorf("the history is %+v", history)
	}
}
