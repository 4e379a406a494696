// Package caller knows who is asking: it verifies access tokens and carries
// the person they name through a request.
package caller

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"heddle/internal/fault"
)

// Roles that a person can have, and the scope that services have.
const (
	Student      = "STUDENT"
	Teacher      = "TEACHER"
	Admin        = "ADMIN"
	ServiceScope = "service"
)

// Caller is a person or service whose token was verified.
type Caller struct {
	ID        string    // the person's id (claim sub); "service:<name>" for a service
	Roles     []string  // claim roles
	Scopes    []string  // claim scope, split at spaces
	Session   string    // claim sid: the session that the token belongs to; may be empty
	Token     string    // the token itself, to be handed on
	ExpiresAt time.Time // claim exp
}

// HasRole tells whether the caller has the role.
func (c Caller) HasRole(role string) bool { return slices.Contains(c.Roles, role) }

// HasScope tells whether the caller has the scope.
func (c Caller) HasScope(scope string) bool { return slices.Contains(c.Scopes, scope) }

type key struct{}

// With returns a context that carries the caller.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From returns the caller of the request, and whether there is one.
func From(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(key{}).(Caller)
	return c, ok
}

// Without returns a context in which nobody asks.
func Without(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, nil) }

// Carry returns ctx with the caller of another context, if that has one.
func Carry(ctx, from context.Context) context.Context {
	if c, known := From(from); known {
		return With(ctx, c)
	}
	return ctx
}

// ID returns the caller's id, or "" for an anonymous request.
func ID(ctx context.Context) string {
	c, _ := From(ctx)
	return c.ID
}

// Require returns the caller, or an UNAUTHENTICATED error for an anonymous request.
func Require(ctx context.Context) (Caller, error) {
	c, ok := From(ctx)
	if !ok {
		return Caller{}, fault.New(fault.Unauthenticated, "Sign in first: this needs an access token.")
	}
	return c, nil
}

// RequireRole returns the caller if they have the role.
func RequireRole(ctx context.Context, role string) (Caller, error) {
	c, err := Require(ctx)
	if err == nil && !c.HasRole(role) {
		err = fault.New(fault.Forbidden, "This needs the role %s.", role)
	}
	return c, err
}

// RequireService returns the caller if it is a service.
func RequireService(ctx context.Context) (Caller, error) {
	c, err := Require(ctx)
	if err == nil && !c.HasScope(ServiceScope) {
		err = fault.New(fault.Forbidden, "Only services may do this.")
	}
	return c, err
}

// Person is the caller's id if they are a person with an account here, and ""
// otherwise: a service, or a subject that an outside issuer names in its own
// way. Such belong to no room, own nothing and have no role among people.
func (c Caller) Person() string {
	if c.HasScope(ServiceScope) || len(c.ID) != 36 || uuid.Validate(c.ID) != nil {
		return ""
	}
	return c.ID
}

// RequirePerson returns the caller if they are a person with an account here.
func RequirePerson(ctx context.Context) (Caller, error) {
	c, err := Require(ctx)
	if err == nil && c.Person() == "" {
		err = fault.New(fault.Forbidden, "Only a person with an account may do this.")
	}
	return c, err
}
