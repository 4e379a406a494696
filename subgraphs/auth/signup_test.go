package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSignUp_makes_an_account_that_is_signed_in(t *testing.T) {
	w := newWorld(t)
	got := w.signUp("ada")
	if got.User.ID == "" || !got.Session.Current || cmp.Diff([]string{"STUDENT"}, got.User.Roles) != "" {
		t.Errorf("signed up: %+v", got)
	}
	var said struct {
		Me struct {
			ID    string
			Roles []string
		}
	}
	w.auth.Get(got.person(), me, nil, &said)
	if said.Me.ID != got.User.ID {
		t.Errorf("me is %+v, want %s", said.Me, got.User.ID)
	}
	var found struct {
		User struct{ Username, Email string }
	}
	w.users.Get(got.person(), `query($id: ID!) { user(id: $id) { username email } }`, variables{"id": got.User.ID}, &found)
	if found.User.Username != "ada" || found.User.Email != "ada@heddle.example" {
		t.Errorf("the person's record is %+v", found.User)
	}
	if again := w.signIn("ada"); again.User.ID != got.User.ID || again.Session.ID == got.Session.ID {
		t.Errorf("signed in: %+v, after %+v", again, got)
	}
}
