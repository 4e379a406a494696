package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	grant  = `mutation($id: ID!, $role: Role!) { grantRole(input: {userId: $id, role: $role}) { user { id roles } } }`
	revoke = `mutation($id: ID!, $role: Role!) { revokeRole(input: {userId: $id, role: $role}) { user { id roles } } }`
)

func of(e entry, role string) variables { return variables{"id": e.User.ID, "role": role} }

func TestGrantRole_shows_in_the_next_token(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root"), w.signUp("ada")
	var got struct {
		GrantRole struct{ User struct{ Roles []string } }
	}
	w.auth.Get(root.person(), grant, of(ada, "TEACHER"), &got)
	want := []string{"STUDENT", "TEACHER"}
	if diff := cmp.Diff(want, got.GrantRole.User.Roles); diff != "" {
		t.Errorf("the roles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, w.verify(w.refresh(ada.RefreshToken).AccessToken).Roles); diff != "" {
		t.Errorf("the roles of the next token (-want +got):\n%s", diff)
	}
}

func TestRevokeRole_ends_the_sessions_that_have_it(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root"), w.signUp("ada")
	w.auth.Get(root.person(), grant, of(ada, "ADMIN"), &struct{}{})
	ada = w.refresh(ada.RefreshToken)
	w.auth.Get(ada.person(), grant, of(root, "TEACHER"), &struct{}{}) // as only an administrator may
	w.auth.Get(root.person(), revoke, of(ada, "ADMIN"), &struct{}{})
	w.signedOut(t, "after the role was taken", ada)
	w.refused(t, "the refresh token of before the role was taken", ada.RefreshToken)
	ada = w.signIn("ada")
	if diff := cmp.Diff([]string{"STUDENT"}, ada.User.Roles); diff != "" {
		t.Errorf("the roles (-want +got):\n%s", diff)
	}
	w.auth.Get(root.person(), revoke, of(ada, "TEACHER"), &struct{}{}) // which they do not have
	w.refresh(ada.RefreshToken)
}

func TestRoles_changed_by_administrators_alone(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root"), w.signUp("ada")
	for _, operation := range []string{grant, revoke} {
		for p, code := range map[person]string{ada.person(): "FORBIDDEN", w.Service("chat"): "FORBIDDEN", nobody: "UNAUTHENTICATED"} {
			if got := w.auth.Refused(p, operation, of(ada, "ADMIN")); got.Code != code {
				t.Errorf("%q was refused with %+v, want %s", operation, got, code)
			}
		}
		if got := w.auth.Refused(root.person(), operation, variables{"id": w.Person().ID, "role": "TEACHER"}); got.Code != "NOT_FOUND" {
			t.Errorf("%q of nobody was refused with %+v", operation, got)
		}
	}
	if got := w.auth.Refused(root.person(), revoke, of(root, "ADMIN")); got.Code != "CONFLICT" {
		t.Errorf("an administrator by configuration was refused with %+v", got)
	}
}

func TestRevokeRole_leaves_an_administrator(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root"), w.signUp("ada")
	w.auth.Get(root.person(), grant, of(ada, "ADMIN"), &struct{}{})
	ada = w.refresh(ada.RefreshToken)
	w.settings["HEDDLE_ADMIN_EMAILS"] = ""
	w.auth = w.Open(authDomain)
	left := make(chan []string, 2) // each takes the other's role, at once
	for _, pair := range [][2]entry{{root, ada}, {ada, root}} {
		go func() {
			codes := []string{}
			for _, e := range w.auth.Do(pair[0].person(), revoke, of(pair[1], "ADMIN")).Errors {
				codes = append(codes, e.Code)
			}
			left <- codes
		}()
	}
	refused := append(<-left, <-left...)
	if len(refused) != 1 || (refused[0] != "CONFLICT" && refused[0] != "UNAUTHENTICATED") {
		t.Errorf("two administrators took each other's role and were refused with %v, want one refusal", refused)
	}
	for _, e := range []entry{w.signIn("root"), w.signIn("ada")} {
		if len(e.User.Roles) != 2 {
			continue
		}
		if got := w.auth.Refused(e.person(), revoke, of(e, "ADMIN")); got.Code != "CONFLICT" {
			t.Errorf("the last administrator was refused with %+v", got)
		}
		return
	}
	t.Error("no administrator is left")
}

func TestUser_roles_for_oneself_and_administrators(t *testing.T) {
	w := newWorld(t)
	root, ada, bob := w.signUp("root"), w.signUp("ada"), w.signUp("bob")
	represent := variables{"people": []variables{
		{"__typename": "User", "id": ada.User.ID}, {"__typename": "User", "id": bob.User.ID}, {"__typename": "User", "id": w.Person().ID},
	}}
	mark := w.Statements.Mark()
	for _, c := range []struct {
		name string
		p    person
		want [][]string
	}{
		{"nobody", nobody, [][]string{nil, nil, nil}},
		{"ada", ada.person(), [][]string{{"STUDENT"}, nil, nil}},
		{"an administrator", root.person(), [][]string{{"STUDENT"}, {"STUDENT"}, nil}},
	} {
		var got struct {
			Entities []struct{ Roles []string } `json:"_entities"`
		}
		w.auth.Get(c.p, `query($people: [_Any!]!) { _entities(representations: $people) { ... on User { roles } } }`, represent, &got)
		roles := [][]string{}
		for _, e := range got.Entities {
			roles = append(roles, e.Roles)
		}
		if diff := cmp.Diff(c.want, roles); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", c.name, diff)
		}
	}
	if statements := w.Statements.Since(mark); len(statements) != 2 {
		t.Errorf("reading roles took the statements %q, want one for each reader who sees any", statements)
	}
}
