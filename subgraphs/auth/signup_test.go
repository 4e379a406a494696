package auth_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/subgraph/subgraphtest"
)

// input is a sign-up's, changed at one field.
func input(name, field string, value any) variables {
	in := newcomer(name)
	maps.Copy(in["input"].(variables), variables{field: value})
	return in
}

func (w *world) named(username string) (id string) {
	w.t.Helper()
	var found struct{ User *struct{ ID string } }
	w.users.Get(w.Service("test"), `query($name: String!) { user(username: $name) { id } }`, variables{"name": username}, &found)
	if found.User == nil {
		return ""
	}
	return found.User.ID
}

func TestSignUp_makes_an_account_that_is_signed_in(t *testing.T) {
	w := newWorld(t)
	got := w.signUp("ada")
	if got.User.ID == "" || !got.Session.Current || got.TokenType != "Bearer" || got.User.Email != "ada@heddle.example" || cmp.Diff([]string{"STUDENT"}, got.User.Roles) != "" {
		t.Errorf("signed up: %+v", got)
	}
	var said struct{ Me struct{ ID string } }
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
	if root := w.signUp("root"); cmp.Diff([]string{"STUDENT", "ADMIN"}, root.User.Roles) != "" {
		t.Errorf("whom the configuration makes an administrator has the roles %v", root.User.Roles)
	}
}

func TestSignUp_bad_input_names_the_field(t *testing.T) {
	w := newWorld(t)
	w.signUp("ada")
	for _, c := range []struct {
		name  string
		input variables
		code  string
		field string
	}{
		{"no e-mail address", input("bob", "email", "bob"), "BAD_USER_INPUT", "email"},
		{"a short password", input("bob", "password", "1234567"), "BAD_USER_INPUT", "password"},
		{"the username as password", input("bobby-tables", "password", "Bobby-Tables"), "BAD_USER_INPUT", "password"},
		{"a username with a space", input("bob", "username", "bob b"), "BAD_USER_INPUT", "username"},
		{"an empty name", input("bob", "firstName", " "), "BAD_USER_INPUT", "firstName"},
		{"an empty key", input("bob", "idempotencyKey", ""), "BAD_USER_INPUT", "idempotencyKey"},
		{"an address that has an account", input("bob", "email", " ADA@heddle.example "), "CONFLICT", "email"},
		{"a username that is taken", input("bob", "username", "ADA"), "CONFLICT", "username"},
	} {
		got := w.auth.Refused(nobody, signUp, c.input)
		if got.Code != c.code || got.Field != c.field {
			t.Errorf("%s: refused with %+v, want %s of %s", c.name, got, c.code, c.field)
		}
	}
	if bob := w.signUp("bob"); bob.User.ID == "" { // what was refused keeps nothing
		t.Errorf("signed up: %+v", bob)
	}
}

// atOnce runs the operations side by side and counts the answers by the code
// and field of their error.
func atOnce(s *subgraphtest.Service, operation string, all []variables) map[string]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	counts := map[string]int{}
	for _, v := range all {
		wg.Go(func() {
			answer := s.Do(nobody, operation, v)
			mu.Lock()
			defer mu.Unlock()
			if len(answer.Errors) == 0 {
				counts["ok"]++
				return
			}
			counts[answer.Errors[0].Code+" "+answer.Errors[0].Field]++
		})
	}
	wg.Wait()
	return counts
}

func TestSignUp_many_at_once(t *testing.T) {
	w := newWorld(t)
	var sameEmail, sameName []variables
	for i := range 8 {
		sameEmail = append(sameEmail, input(fmt.Sprint("ada", i), "email", "ada@heddle.example"))
		sameName = append(sameName, input(fmt.Sprint("bob", i), "username", map[bool]string{true: "bob", false: "BOB"}[i%2 == 0]))
	}
	if diff := cmp.Diff(map[string]int{"ok": 1, "CONFLICT email": 7}, atOnce(w.auth, signUp, sameEmail)); diff != "" {
		t.Errorf("with one e-mail address (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"ok": 1, "CONFLICT username": 7}, atOnce(w.auth, signUp, sameName)); diff != "" {
		t.Errorf("with one username (-want +got):\n%s", diff)
	}
}

func TestSignUp_again_after_a_lost_reply(t *testing.T) {
	w := newWorld(t)
	first := newcomer("ada")
	first["input"].(variables)["idempotencyKey"] = "one"
	var a, b struct{ SignUp entry }
	w.auth.Get(nobody, signUp, first, &a)
	w.auth.Get(nobody, signUp, first, &b)
	if a.SignUp.User.ID != b.SignUp.User.ID {
		t.Errorf("the same key gave the people %s and %s", a.SignUp.User.ID, b.SignUp.User.ID)
	}
	for field, value := range map[string]string{"password": "another password", "idempotencyKey": "two"} {
		changed := newcomer("ada")
		changed["input"].(variables)["idempotencyKey"] = "one"
		changed["input"].(variables)[field] = value
		if got := w.auth.Refused(nobody, signUp, changed); got.Code != "CONFLICT" || got.Field != "email" {
			t.Errorf("with another %s it was refused with %+v", field, got)
		}
	}
}

// losing passes questions on to the service and loses the replies.
func (w *world) losing(s *subgraphtest.Service) http.Handler {
	w.t.Helper()
	to, err := url.Parse(s.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		proxy.ServeHTTP(httptest.NewRecorder(), r)
		rw.WriteHeader(http.StatusBadGateway)
	})
}

func TestSignUp_after_one_that_broke_off(t *testing.T) {
	w := newWorld(t)
	w.AnswerWith(http.NotFoundHandler())
	if got := w.auth.Refused(nobody, signUp, newcomer("ada")); got.Code != "UNAVAILABLE" {
		t.Errorf("without a graph it was refused with %+v", got)
	}
	if got := w.auth.Refused(nobody, signIn, credentials("ada", password)); got.Code != "UNAUTHENTICATED" {
		t.Errorf("signing in to what was only reserved was refused with %+v", got)
	}
	w.AnswerWith(w.losing(w.users)) // the record is made, and nobody hears of it
	if got := w.auth.Refused(nobody, signUp, newcomer("ada")); got.Code != "UNAVAILABLE" {
		t.Errorf("without a reply it was refused with %+v", got)
	}
	made := w.named("ada")
	w.Graph(w.users)
	var got struct{ SignUp entry }
	w.auth.Get(nobody, signUp, input("ada", "username", "countess"), &got)
	if got.SignUp.User.ID != made || w.named("countess") != made || w.named("ada") != "" {
		t.Errorf("the person is %s, with a record that was %s", got.SignUp.User.ID, made)
	}
}

func TestSignUp_that_nobody_ends_is_forgotten(t *testing.T) {
	w := newWorld(t)
	w.AnswerWith(w.losing(w.users))
	w.auth.Refused(nobody, signUp, newcomer("ada"))
	mark := w.Statements.Mark()
	w.database(`UPDATE credentials SET created_at = created_at - interval '25 hours'`)
	w.Open(authDomain) // a process that starts sweeps
	w.Statements.Await(mark, "INSERT INTO deleted_users", 1)
	w.Graph(w.users)
	if w.named("ada") != "" {
		t.Error("the record of somebody who never came to be is still there")
	}
	w.signUp("ada")
}
