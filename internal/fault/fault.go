// Package fault knows which errors a client may see: each carries a code from
// one list and a sentence that names the thing. Every other error is an
// internal one, is logged once at the edge, and is shown as "Internal error.".
package fault

import (
	"errors"
	"fmt"
)

// Code is the value of extensions.code in a GraphQL error (GraphQL
// specification, section 7.1.2, leaves its content to the service).
type Code string

// The codes that the domains and the router share. Codes that only a router
// gives, such as GRAPHQL_PARSE_FAILED, are defined where they arise.
const (
	Unauthenticated Code = "UNAUTHENTICATED"       // no token, or one that is not valid
	Forbidden       Code = "FORBIDDEN"             // a valid token that does not give the right
	NotFound        Code = "NOT_FOUND"             // the thing is not there, or not for this person
	Conflict        Code = "CONFLICT"              // the state of the thing does not allow it
	BadInput        Code = "BAD_USER_INPUT"        // a value is not acceptable; see extensions.field
	RateLimited     Code = "RATE_LIMITED"          // too many tries; see extensions.retryAfter, in seconds
	Unavailable     Code = "UNAVAILABLE"           // something that is needed does not answer now
	Internal        Code = "INTERNAL_SERVER_ERROR" // a broken promise of the software itself
)

// Error is an error that a client may see.
type Error struct {
	Code       Code
	Message    string         // a whole sentence
	Field      string         // the input field at fault, as a path such as "profile.website"; empty if none
	Extensions map[string]any // more for extensions, beside code and field
}

// New gives an error with a code and a sentence.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field gives a BAD_USER_INPUT error that names the input field at fault.
func Field(field, format string, args ...any) *Error {
	return &Error{Code: BadInput, Message: fmt.Sprintf(format, args...), Field: field}
}

// With returns a copy of the error with one more extension.
func (e *Error) With(name string, value any) *Error {
	copied := *e
	copied.Extensions = map[string]any{name: value}
	for k, v := range e.Extensions {
		copied.Extensions[k] = v
	}
	return &copied
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// CodeOf returns the code of the first *Error in err's chain, Internal for any
// other error, and the empty code for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return Internal
}

// Is tells whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Wrap gives an error that shows the client the code and the sentence, and
// keeps the cause for the log.
func Wrap(code Code, cause error, format string, args ...any) error {
	return fmt.Errorf("%w (%w)", New(code, format, args...), cause)
}
