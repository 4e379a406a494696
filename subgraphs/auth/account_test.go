package auth

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fault"
)

func TestAccount_Revoke(t *testing.T) {
	t.Parallel()
	configured := []string{"root@heddle.example"}
	for _, c := range []struct {
		name, email string
		role        Role
		admins      int
		want        []Role
		code        fault.Code
	}{
		{"a role they have", "ada@heddle.example", RoleTeacher, 2, []Role{RoleStudent, RoleAdmin}, ""},
		{"an administrator of several", "ada@heddle.example", RoleAdmin, 2, []Role{RoleStudent, RoleTeacher}, ""},
		{"the last administrator", "ada@heddle.example", RoleAdmin, 1, nil, fault.Conflict},
		{"an administrator by configuration", "root@heddle.example", RoleAdmin, 2, nil, fault.Conflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := &Account{Email: c.email, Roles: []Role{RoleStudent, RoleTeacher, RoleAdmin}}
			err := a.Revoke(c.role, c.admins, configured)
			if fault.CodeOf(err) != c.code {
				t.Fatalf("Revoke says %v, want the code %q", err, c.code)
			}
			if c.code == "" {
				if diff := cmp.Diff(c.want, a.Roles); diff != "" {
					t.Errorf("the roles (-want +got):\n%s", diff)
				}
			}
		})
	}
	t.Run("a role they do not have", func(t *testing.T) {
		t.Parallel()
		a := &Account{Roles: []Role{RoleStudent}}
		if err := a.Revoke(RoleAdmin, 1, nil); err != nil || len(a.Roles) != 1 {
			t.Errorf("Revoke says %v and leaves %v", err, a.Roles)
		}
	})
}

func TestAccount_Grant_twice(t *testing.T) {
	t.Parallel()
	a := &Account{Roles: firstRoles("ada@heddle.example", nil)}
	a.Grant(RoleTeacher)
	a.Grant(RoleTeacher)
	if diff := cmp.Diff([]Role{RoleStudent, RoleTeacher}, a.Roles); diff != "" {
		t.Errorf("the roles (-want +got):\n%s", diff)
	}
}

func TestSigningKey_seal(t *testing.T) {
	t.Parallel()
	seed := random()
	k := &SigningKey{ID: "one", private: append([]byte(nil), seed...)}
	plain, err := k.open("")
	if err != nil || string(plain.Seed()) != string(seed) {
		t.Fatalf("open gave %v", err)
	}
	if _, err := k.open("secret"); err == nil {
		t.Error("a key that was kept in the clear signs though there is a secret")
	}
	if err := k.seal("secret"); err != nil {
		t.Fatal(err)
	}
	opened, err := k.open("secret")
	if err != nil || !opened.Equal(plain) {
		t.Errorf("open gave %v with the secret", err)
	}
	for _, other := range []string{"", "Secret"} {
		if _, err := k.open(other); err == nil {
			t.Errorf("the key opens with %q", other)
		}
	}
	if swapped := (&SigningKey{ID: "two", private: k.private, sealed: true}); swapped.private != nil {
		if _, err := swapped.open("secret"); err == nil {
			t.Error("the key opens under another key's id")
		}
	}
}
