package auth_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
)

func TestSignIn_refused_without_telling_why(t *testing.T) {
	w := newWorld(t)
	w.signUp("ada")
	want := problem{Message: "The e-mail address or the password is wrong.", Path: "signIn", Code: "UNAUTHENTICATED"}
	for _, c := range []variables{
		credentials("ada", "another password"), credentials("ada", ""), credentials("ada", strings.Repeat("a", 100_000)),
		credentials("nobody", password),
	} {
		if diff := cmp.Diff(want, w.auth.Refused(nobody, signIn, c)); diff != "" {
			t.Errorf("refused (-want +got):\n%s", diff)
		}
	}
	var got struct{ SignIn entry }
	w.auth.Get(nobody, signIn, variables{"input": variables{"email": " Ada@HEDDLE.example", "password": password}}, &got)
	if got.SignIn.User.ID != w.named("ada") {
		t.Errorf("signed in: %+v", got.SignIn)
	}
}

func TestSignIn_guessing_at_one_account(t *testing.T) {
	w := newWorld(t)
	w.signUp("ada")
	var guesses []variables
	for i := range 25 {
		guesses = append(guesses, credentials("ada", fmt.Sprint("password", i)))
	}
	want := map[string]int{"UNAUTHENTICATED ": 10, "RATE_LIMITED ": 15}
	if diff := cmp.Diff(want, atOnce(w.auth, signIn, guesses)); diff != "" {
		t.Errorf("25 guesses at once (-want +got):\n%s", diff)
	}
	got := w.auth.Refused(nobody, signIn, credentials("ada", password))
	if got.Code != "RATE_LIMITED" || got.Wait < 1 || got.Wait > 900 {
		t.Errorf("the right password after them was refused with %+v, want seconds to wait", got)
	}
	w.signUp("bob")
	w.signIn("bob")                                                // others are not kept waiting
	if err := w.Env.Redis.FlushDB(t.Context()).Err(); err != nil { // the window ends
		t.Fatal(err)
	}
	for range 11 { // a good try begins anew
		w.auth.Refused(nobody, signIn, credentials("ada", "wrong password"))
		w.signIn("ada")
	}
}

func TestSignIn_guessing_from_one_address(t *testing.T) {
	w := newWorld(t)
	w.signUp("ada")
	from := func(address string) map[string]int {
		var guesses []variables
		for i := range 101 {
			guesses = append(guesses, credentials(fmt.Sprint("somebody", i, address[:4]), password))
		}
		return atOnce(w.auth.With(caller.AddressHeader, address), signIn, guesses)
	}
	want := map[string]int{"UNAUTHENTICATED ": 100, "RATE_LIMITED ": 1}
	if diff := cmp.Diff(want, from("2001:db8::1")); diff != "" {
		t.Errorf("101 accounts from an address (-want +got):\n%s", diff)
	}
	for address, code := range map[string]string{"2001:db8::2": "RATE_LIMITED", "2001:db8:0:1::1": "UNAUTHENTICATED", "": "UNAUTHENTICATED"} {
		got := w.auth.With(caller.AddressHeader, address).Refused(nobody, signIn, credentials("ada", "wrong password"))
		if got.Code != code {
			t.Errorf("from %q it was refused with %+v, want %s", address, got, code)
		}
	}
}

func TestSignIn_without_Redis(t *testing.T) {
	w := newWorld(t)
	ada := w.signUp("ada")
	w.Redis.Stop()
	if got := w.auth.Refused(nobody, signIn, credentials("ada", password)); got.Code != "UNAVAILABLE" {
		t.Errorf("without the counts of tries it was refused with %+v", got)
	}
	if got := w.auth.Refused(ada.person(), me, nil); got.Code != "UNAVAILABLE" {
		t.Errorf("without the list of revocations a token was answered with %+v", got)
	}
	w.Redis.Start()
	w.signIn("ada")
	w.auth.Get(ada.person(), me, nil, &struct{}{})
}
