// Package operation takes a client's GraphQL request from text to a normalised
// operation that can be planned: parse, limits, validate, normalise.
package operation

import "encoding/json"

// Request is what a client sent, by whatever transport.
type Request struct {
	Query         string
	OperationName string
	Variables     json.RawMessage
	Extensions    json.RawMessage
	// Files are where uploaded files belong: for the key of each its paths, such
	// as "variables.in.photo", at which the variables have null.
	Files map[string][]string
	// Incremental tells that the client reads an answer in several parts: what is
	// deferred may come later. Without it @defer changes nothing.
	Incremental bool
}

// Kind says which root type an operation starts from.
type Kind int

// The three kinds of operations.
const (
	Query Kind = iota
	Mutation
	Subscription
)

// String gives the keyword of the kind.
func (k Kind) String() string {
	switch k {
	case Mutation:
		return "mutation"
	case Subscription:
		return "subscription"
	}
	return "query"
}
