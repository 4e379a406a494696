package auth_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	request = `mutation($email: String!) { requestPasswordReset(input: {email: $email}) { accepted } }`
	reset   = `mutation($token: String!, $password: String!) { resetPassword(input: {token: $token, newPassword: $password}) { endedSessions } }`
	change  = `mutation($old: String!, $new: String!) { changePassword(input: {currentPassword: $old, newPassword: $new}) { endedSessions } }`
)

// mail is a mail of the local mailbox of the domain notifications.
type mail struct{ Template, To, Subject, Text string }

var tokens = regexp.MustCompile(`\n\n(\S{20,})\n`)

// token is what resetPassword takes.
func (m mail) token() string {
	found := tokens.FindStringSubmatch(m.Text)
	if found == nil {
		return ""
	}
	return found[1]
}

// mailed opens the domain notifications, so that mails arrive.
func (w *world) mailed() {
	w.t.Helper()
	w.notifications = w.Open(notificationsDomain)
	w.AnswerWith(parts(w.t, w.notifications, w.users))
}

// mails reads the mailbox, newest first.
func (w *world) mails(reader person) (all []mail) {
	w.t.Helper()
	var got struct {
		Mailbox struct{ Edges []struct{ Node mail } }
	}
	w.notifications.Get(reader, `{ mailbox(first: 50) { edges { node { template to subject text } } } }`, nil, &got)
	for _, edge := range got.Mailbox.Edges {
		all = append(all, edge.Node)
	}
	return all
}

// awaitMails waits until the mailbox holds so many mails: they travel by
// themselves.
func (w *world) awaitMails(reader person, n int) []mail {
	w.t.Helper()
	deadline := time.After(time.Minute)
	for {
		all := w.mails(reader)
		if len(all) == n {
			return all
		}
		select {
		case <-deadline:
			w.t.Fatalf("the mailbox holds %+v, want %d mails", all, n)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// forgotten asks for a new password and gives the token of the mail, the nth in
// the mailbox.
func (w *world) forgotten(name string, reader person, nth int) (token string) {
	w.t.Helper()
	w.auth.Get(nobody, request, variables{"email": name + "@heddle.example"}, &struct{}{})
	return w.awaitMails(reader, nth)[0].token()
}

func TestRequestPasswordReset_answers_the_same_for_everybody(t *testing.T) {
	w := newWorld(t)
	w.mailed()
	root := w.signUp("root").person()
	w.signUp("ada")
	mark := w.Statements.Mark()
	for range 5 { // of which three are sent
		for _, email := range []string{"Ada@heddle.example", "nobody@heddle.example"} {
			var got struct{ RequestPasswordReset struct{ Accepted bool } }
			if w.auth.Get(nobody, request, variables{"email": email}, &got); !got.RequestPasswordReset.Accepted {
				t.Errorf("the request for %s was not accepted", email)
			}
		}
	}
	kept := 0
	for _, sql := range w.Statements.Since(mark) {
		if strings.Contains(sql, "INSERT INTO password_mails") {
			kept++
		}
	}
	counts := map[string]int{}
	for _, m := range w.awaitMails(root, kept) {
		counts[m.Template+" "+m.To]++
		if (m.token() == "") != (m.Template == "password.unknown") || m.Subject == "" {
			t.Errorf("a mail is %+v", m)
		}
	}
	if diff := cmp.Diff(map[string]int{"password.reset ada@heddle.example": 3, "password.unknown nobody@heddle.example": 3}, counts); diff != "" {
		t.Errorf("the mails (-want +got):\n%s", diff)
	}
	if got := w.auth.Refused(nobody, request, variables{"email": "ada"}); got.Code != "BAD_USER_INPUT" || got.Field != "email" {
		t.Errorf("what is no address was refused with %+v", got)
	}
}

func TestResetPassword_once(t *testing.T) {
	w := newWorld(t)
	w.mailed()
	root, ada := w.signUp("root").person(), w.signUp("ada")
	other := w.signIn("ada")
	unused, token := w.forgotten("ada", root, 1), w.forgotten("ada", root, 2)
	for password, field := range map[string]string{"short": "newPassword", "ada@heddle.example": "newPassword"} {
		if got := w.auth.Refused(nobody, reset, variables{"token": token, "password": password}); got.Field != field {
			t.Errorf("the password %q was refused with %+v", password, got)
		}
	}
	counts := atOnce(w.auth, reset, []variables{
		{"token": token, "password": "the first new password"}, {"token": token, "password": "the other new password"},
	})
	if diff := cmp.Diff(map[string]int{"ok": 1, "BAD_USER_INPUT token": 1}, counts); diff != "" {
		t.Errorf("one token twice at once (-want +got):\n%s", diff)
	}
	for what, token := range map[string]string{"used": token, "of before the new password": unused, "made up": "abc"} {
		if got := w.auth.Refused(nobody, reset, variables{"token": token, "password": "a third password"}); got.Code != "BAD_USER_INPUT" || got.Field != "token" {
			t.Errorf("a token that is %s was refused with %+v", what, got)
		}
	}
	w.signedOut(t, "after the reset", ada)
	w.refused(t, "the refresh token of before the reset", other.RefreshToken)
	if got := w.auth.Refused(nobody, signIn, credentials("ada", password)); got.Code != "UNAUTHENTICATED" {
		t.Errorf("the old password was refused with %+v", got)
	}
	w.awaitMails(root, 0) // those whose tokens are of no more use
}

func TestResetPassword_too_late(t *testing.T) {
	w := newWorld(t)
	w.mailed()
	root := w.signUp("root").person()
	w.signUp("ada")
	token := w.forgotten("ada", root, 1)
	w.clock.forward(61 * time.Minute)
	if got := w.auth.Refused(nobody, reset, variables{"token": token, "password": "a new password"}); got.Field != "token" {
		t.Errorf("a token of yesterday was refused with %+v", got)
	}
	w.awaitMails(root, 0)
}

func TestChangePassword_ends_the_other_sessions(t *testing.T) {
	w := newWorld(t)
	ada := w.signUp("ada")
	other := w.signIn("ada")
	for _, c := range []struct{ old, new, field string }{
		{"not the password", "a new password", "currentPassword"},
		{password, "short", "newPassword"},
		{password, "ADA@heddle.example", "newPassword"},
	} {
		if got := w.auth.Refused(ada.person(), change, variables{"old": c.old, "new": c.new}); got.Code != "BAD_USER_INPUT" || got.Field != c.field {
			t.Errorf("changing %q to %q was refused with %+v", c.old, c.new, got)
		}
	}
	var got struct{ ChangePassword struct{ EndedSessions int } }
	w.auth.Get(ada.person(), change, variables{"old": password, "new": "a new password"}, &got)
	if got.ChangePassword.EndedSessions != 1 {
		t.Errorf("%d sessions ended, want 1", got.ChangePassword.EndedSessions)
	}
	w.signedOut(t, "another session", other)
	w.refused(t, "the refresh token of another session", other.RefreshToken)
	w.refresh(ada.RefreshToken)
	w.auth.Get(nobody, signIn, credentials("ada", "a new password"), &struct{}{})
	if got := w.auth.Refused(nobody, change, variables{"old": "a", "new": "b"}); got.Code != "UNAUTHENTICATED" {
		t.Errorf("nobody's password was changed, or refused with %+v", got)
	}
}

// While the domain notifications is away the mail waits, and nobody who asks
// notices. It is sent once, however often it is handed on.
func TestRequestPasswordReset_while_nobody_sends_mails(t *testing.T) {
	w := newWorld(t)
	root := w.signUp("root").person()
	w.signUp("ada")
	mark := w.Statements.Mark()
	var got struct{ RequestPasswordReset struct{ Accepted bool } }
	if w.auth.Get(nobody, request, variables{"email": "ada@heddle.example"}, &got); !got.RequestPasswordReset.Accepted {
		t.Error("the request was not accepted")
	}
	w.Statements.Await(mark, "FROM password_mails WHERE id", 1) // the first try, which fails
	w.mailed()
	if mails := w.awaitMails(root, 1); mails[0].token() == "" || mails[0].To != "ada@heddle.example" {
		t.Errorf("the mail is %+v", mails[0])
	}
	w.auth.Get(nobody, reset, variables{"token": w.mails(root)[0].token(), "password": "a new password"}, &struct{}{})
	w.awaitMails(root, 0)
}
