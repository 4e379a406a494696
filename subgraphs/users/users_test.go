package users_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateUser_by_services_once(t *testing.T) {
	w := newWorld(t)
	auth, ada := w.Service("auth"), w.Person()
	for range 2 {
		w.users.Get(auth, createUser, record(ada.ID, "ada", "Ada", "Lovelace"), &struct{}{})
	}
	for p, code := range map[person]string{ada: "FORBIDDEN", nobody: "UNAUTHENTICATED"} {
		if got := w.users.Refused(p, createUser, record(w.Person().ID, "bob", "Bob", "B")); got.Code != code {
			t.Errorf("refused with %+v, want %s", got, code)
		}
	}
	taken := record(w.Person().ID, "bob", "Bob", "B")
	taken["input"].(variables)["email"] = "ada@heddle.example"
	for field, in := range map[string]variables{"username": record(w.Person().ID, "ADA", "Ada", "B"), "email": taken} {
		if field == "username" {
			in["input"].(variables)["email"] = "other@heddle.example"
		}
		if got := w.users.Refused(auth, createUser, in); got.Code != "CONFLICT" || got.Field != field {
			t.Errorf("refused with %+v, want a CONFLICT of %s", got, field)
		}
	}
	w.users.Get(ada, deleteAccount, variables{"name": "Ada"}, &struct{}{})
	if got := w.users.Refused(auth, createUser, record(ada.ID, "ada", "Ada", "Lovelace")); got.Code != "CONFLICT" || got.Field != "id" {
		t.Errorf("somebody who was deleted came back, or was refused with %+v", got)
	}
	w.add("ada", "Another", "Ada") // the name is free again
}

const deleteAccount = `mutation($name: String!) { deleteAccount(input: {confirmUsername: $name}) { deletedUserId } }`

func TestUser_by_id_or_username(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.add("ada", "Ada", "Lovelace"), w.add("bob", "Bob", "Builder")
	const user = `query($id: ID, $name: String) { user(id: $id, username: $name) { id email preferences { theme } } }`
	type seen struct {
		ID          string
		Email       *string
		Preferences *struct{ Theme string }
	}
	email := "ada@heddle.example"
	for _, c := range []struct {
		name string
		by   person
		ask  variables
		want *seen
	}{
		{"oneself", ada, variables{"id": ada.ID}, &seen{ada.ID, &email, &struct{ Theme string }{"SYSTEM"}}},
		{"somebody else", bob, variables{"name": "ADA"}, &seen{ID: ada.ID}},
		{"by a service", w.Service("chat"), variables{"id": ada.ID}, &seen{ada.ID, &email, &struct{ Theme string }{"SYSTEM"}}},
		{"an id of nobody", bob, variables{"id": w.Person().ID}, nil},
		{"a username of nobody", bob, variables{"name": "nobody"}, nil},
		{"no username", bob, variables{"name": "a\x00'"}, nil},
	} {
		var got struct{ User *seen }
		w.users.Get(c.by, user, c.ask, &got)
		if diff := cmp.Diff(c.want, got.User); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, c := range []struct {
		by   person
		ask  variables
		code string
	}{
		{nobody, variables{"id": ada.ID}, "UNAUTHENTICATED"},
		{bob, variables{}, "BAD_USER_INPUT"},
		{bob, variables{"id": ada.ID, "name": "ada"}, "BAD_USER_INPUT"},
		{bob, variables{"id": "ada"}, "BAD_USER_INPUT"},
	} {
		if got := w.users.Refused(c.by, user, c.ask); got.Code != c.code {
			t.Errorf("%v was refused with %+v, want %s", c.ask, got, c.code)
		}
	}
}

const updateProfile = `mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { user { username firstName avatar profile { bio location website } } } }`

func TestUpdateProfile_of_oneself(t *testing.T) {
	w := newWorld(t)
	ada := w.add("ada", "Ada", "Lovelace")
	w.add("bob", "Bob", "Builder")
	type user struct {
		Username, FirstName string
		Avatar              *string
		Profile             struct{ Bio, Location, Website *string }
	}
	var got struct{ UpdateProfile struct{ User user } }
	w.users.Get(ada, updateProfile, variables{"input": variables{"bio": "Notes.", "location": "London", "firstName": "Augusta"}}, &got)
	w.users.Get(ada, updateProfile, variables{"input": variables{"location": "", "bio": nil}}, &got)
	bio := "Notes."
	want := user{Username: "ada", FirstName: "Augusta"}
	want.Profile.Bio = &bio
	if diff := cmp.Diff(want, got.UpdateProfile.User); diff != "" {
		t.Errorf("the profile (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		by          person
		in          variables
		code, field string
	}{
		{ada, variables{"username": "BOB"}, "CONFLICT", "username"},
		{ada, variables{"website": "nowhere"}, "BAD_USER_INPUT", "website"},
		{w.Person(), variables{"bio": "x"}, "NOT_FOUND", ""},
		{nobody, variables{"bio": "x"}, "UNAUTHENTICATED", ""},
		{w.Service("chat"), variables{"bio": "x"}, "FORBIDDEN", ""},
	} {
		if got := w.users.Refused(c.by, updateProfile, variables{"input": c.in}); got.Code != c.code || got.Field != c.field {
			t.Errorf("%v was refused with %+v, want %s of %q", c.in, got, c.code, c.field)
		}
	}
}

func TestUpdateProfile_one_username_for_one_person(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	codes := make([]string, 6)
	for i := range codes {
		p := w.add(fmt.Sprint("person", i), "A", "B")
		wg.Go(func() {
			for _, e := range w.users.Do(p, updateProfile, variables{"input": variables{"username": "Wanted"}}).Errors {
				codes[i] = e.Code + " " + e.Field
			}
		})
	}
	wg.Wait()
	slices.Sort(codes)
	want := []string{"", "CONFLICT username", "CONFLICT username", "CONFLICT username", "CONFLICT username", "CONFLICT username"}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("six people took a username at once (-want +got):\n%s", diff)
	}
}

func TestUpdatePreferences_of_oneself(t *testing.T) {
	w := newWorld(t)
	ada := w.add("ada", "Ada", "Lovelace")
	const update = `mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { user { preferences { theme language notifications { inApp email sms push } } } } }`
	type preferences struct {
		Theme, Language string
		Notifications   struct{ InApp, Email, Sms, Push bool }
	}
	var got struct {
		UpdatePreferences struct {
			User struct{ Preferences preferences }
		}
	}
	w.users.Get(ada, update, variables{"input": variables{"theme": "DARK", "language": "pt-br"}}, &got)
	w.users.Get(ada, update, variables{"input": variables{"notifications": variables{"push": true, "email": false}}}, &got)
	want := preferences{Theme: "DARK", Language: "pt-BR"}
	want.Notifications.InApp, want.Notifications.Push = true, true
	if diff := cmp.Diff(want, got.UpdatePreferences.User.Preferences); diff != "" {
		t.Errorf("the preferences (-want +got):\n%s", diff)
	}
	if got := w.users.Refused(ada, update, variables{"input": variables{"language": "?"}}); got.Field != "language" {
		t.Errorf("refused with %+v", got)
	}
}

func TestDeleteAccount_tells_everybody(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.add("ada", "Ada", "Lovelace"), w.add("bob", "Bob", "Builder")
	if got := w.users.Refused(bob, deleteAccount, variables{"name": "ada"}); got.Field != "confirmUsername" {
		t.Errorf("without confirmation it was refused with %+v", got)
	}
	heard, err := w.Env.NATS.SubscribeSync("events.user.deleted")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Env.NATS.Flush(); err != nil {
		t.Fatal(err)
	}
	w.users.Get(ada, deleteAccount, variables{"name": "ADA"}, &struct{}{})
	message, err := heard.NextMsgWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if entityOf(t, message.Data) != ada.ID {
		t.Errorf("the event is %s", message.Data)
	}
	if got := w.users.Refused(ada, deleteAccount, variables{"name": "ada"}); got.Code != "NOT_FOUND" {
		t.Errorf("deleting twice was refused with %+v", got)
	}
	var found struct{ User *struct{ ID string } }
	if w.users.Get(bob, `query($id: ID!) { user(id: $id) { id } }`, variables{"id": ada.ID}, &found); found.User != nil {
		t.Errorf("there still is %+v", found.User)
	}
}
