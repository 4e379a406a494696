package auth

import (
	"slices"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// Account is what a person signs in to.
type Account struct {
	ID       string
	Email    string
	Roles    []Role
	password string // its hash
}

// Grant gives the account a role.
func (a *Account) Grant(role Role) {
	if !slices.Contains(a.Roles, role) {
		a.Roles = append(a.Roles, role)
	}
}

// Revoke takes a role from the account; admins is how many accounts are
// administrators, configured whose accounts the configuration makes so. There
// is always an administrator left once there was one.
func (a *Account) Revoke(role Role, admins int, configured []string) error {
	if !slices.Contains(a.Roles, role) {
		return nil
	}
	if role == RoleAdmin && slices.Contains(configured, a.Email) {
		return fault.New(fault.Conflict, "The configuration makes this person an administrator; change it there.")
	}
	if role == RoleAdmin && admins < 2 {
		return fault.New(fault.Conflict, "This person is the last administrator. Make somebody else one first.")
	}
	a.Roles = slices.DeleteFunc(a.Roles, func(r Role) bool { return r == role })
	return nil
}

// firstRoles are those of a new account.
func firstRoles(email string, admins []string) []Role {
	if slices.Contains(admins, email) {
		return []Role{RoleStudent, RoleAdmin}
	}
	return []Role{RoleStudent}
}

// User is a person, of whom this domain knows the roles.
type User struct {
	ID    string
	Email *string // of somebody who has just signed in
	shown bool    // the reader has just shown that they are this person
	batch.Peer[*User]
}

// IsEntity says that other domains may refer to a person by their id.
func (*User) IsEntity() {}
