package operation

import "strings"

// Code is the stable extensions.code of an error found before execution.
type Code string

// What can be wrong with a request before any subgraph is asked.
const (
	ParseFailed       Code = "GRAPHQL_PARSE_FAILED"
	ValidationFailed  Code = "GRAPHQL_VALIDATION_FAILED"
	BadUserInput      Code = "BAD_USER_INPUT"
	ResolutionFailure Code = "OPERATION_RESOLUTION_FAILURE"
	TooLarge          Code = "OPERATION_TOO_LARGE"
	TooComplex        Code = "OPERATION_TOO_COMPLEX"
	Internal          Code = "INTERNAL_SERVER_ERROR"
	Unauthenticated   Code = "UNAUTHENTICATED"
	Forbidden         Code = "FORBIDDEN"
)

// Location is a place in the text of the query, counted from 1.
type Location struct {
	Line   uint32 `json:"line"`
	Column uint32 `json:"column"`
}

// Error is one GraphQL error as the client sees it (specification, 7.1.2).
type Error struct {
	Message    string         `json:"message"`
	Locations  []Location     `json:"locations,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Error gives the message alone.
func (e Error) Error() string { return e.Message }

// Errors is a non-empty list of GraphQL errors; a request that has them is not
// executed.
type Errors []Error

// Error joins the messages of the list.
func (e Errors) Error() string {
	messages := make([]string, len(e))
	for i := range e {
		messages[i] = e[i].Message
	}
	return strings.Join(messages, "; ")
}

// Fail makes a list of one error with the code.
func Fail(code Code, message string, locations ...Location) Errors {
	return Errors{{Message: message, Locations: locations, Extensions: map[string]any{"code": string(code)}}}
}
