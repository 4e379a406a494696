package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	request = `mutation($email: String!) { requestPasswordReset(input: {email: $email}) { accepted } }`
	reset   = `mutation($token: String!, $password: String!) { resetPassword(input: {token: $token, newPassword: $password}) { endedSessions } }`
	change  = `mutation($old: String!, $new: String!) { changePassword(input: {currentPassword: $old, newPassword: $new}) { endedSessions } }`
	mails   = `{ passwordMails(first: 50) { totalCount edges { node { kind to subject text token } } } }`
)

type mail struct{ Kind, To, Subject, Text, Token string }

func (w *world) mails(reader person) (all []mail) {
	w.t.Helper()
	var got struct {
		PasswordMails struct {
			TotalCount int
			Edges      []struct{ Node mail }
		}
	}
	w.auth.Get(reader, mails, nil, &got)
	for _, edge := range got.PasswordMails.Edges {
		all = append(all, edge.Node)
	}
	if got.PasswordMails.TotalCount != len(all) {
		w.t.Errorf("of %d mails the page has %d", got.PasswordMails.TotalCount, len(all))
	}
	return all
}

// forgotten asks for a new password and gives the token of the mail.
func (w *world) forgotten(name string, reader person) (token string) {
	w.t.Helper()
	w.auth.Get(nobody, request, variables{"email": name + "@heddle.example"}, &struct{}{})
	all := w.mails(reader)
	if len(all) == 0 {
		w.t.Fatal("no mail was sent")
	}
	return all[0].Token
}

func TestRequestPasswordReset_answers_the_same_for_everybody(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root").person(), w.signUp("ada")
	for range 5 { // of which three are sent
		for _, email := range []string{"Ada@heddle.example", "nobody@heddle.example"} {
			var got struct{ RequestPasswordReset struct{ Accepted bool } }
			if w.auth.Get(nobody, request, variables{"email": email}, &got); !got.RequestPasswordReset.Accepted {
				t.Errorf("the request for %s was not accepted", email)
			}
		}
	}
	counts := map[string]int{}
	for _, m := range w.mails(root) {
		counts[m.Kind+" "+m.To]++
		if (m.Token == "") != (m.Kind == "NO_ACCOUNT") || !strings.Contains(m.Text, m.Token) || m.Subject == "" {
			t.Errorf("a mail is %+v", m)
		}
	}
	if diff := cmp.Diff(map[string]int{"RESET ada@heddle.example": 3, "NO_ACCOUNT nobody@heddle.example": 3}, counts); diff != "" {
		t.Errorf("the mails (-want +got):\n%s", diff)
	}
	if got := w.auth.Refused(nobody, request, variables{"email": "ada"}); got.Code != "BAD_USER_INPUT" || got.Field != "email" {
		t.Errorf("what is no address was refused with %+v", got)
	}
	for p, code := range map[person]string{ada.person(): "FORBIDDEN", nobody: "UNAUTHENTICATED", w.Service("chat"): "FORBIDDEN"} {
		if got := w.auth.Refused(p, mails, nil); got.Code != code {
			t.Errorf("reading others' mails was refused with %+v, want %s", got, code)
		}
	}
}

func TestResetPassword_once(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root").person(), w.signUp("ada")
	other := w.signIn("ada")
	unused, token := w.forgotten("ada", root), w.forgotten("ada", root)
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
	if left := w.mails(root); len(left) != 0 {
		t.Errorf("mails whose tokens are of no more use are still there: %+v", left)
	}
}

func TestResetPassword_too_late(t *testing.T) {
	w := newWorld(t)
	root := w.signUp("root").person()
	w.signUp("ada")
	token := w.forgotten("ada", root)
	w.clock.forward(61 * time.Minute)
	if got := w.auth.Refused(nobody, reset, variables{"token": token, "password": "a new password"}); got.Field != "token" {
		t.Errorf("a token of yesterday was refused with %+v", got)
	}
	mark := w.Statements.Mark()
	w.Open(authDomain)
	w.Statements.Await(mark, "DELETE FROM password_mails", 1)
	if left := w.mails(root); len(left) != 0 {
		t.Errorf("the mail is still there: %+v", left)
	}
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
