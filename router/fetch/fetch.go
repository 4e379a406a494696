// Package fetch asks subgraphs: it carries one GraphQL request to one subgraph
// and brings the answer back, without knowing what is asked.
package fetch

import (
	"context"
	"net/http"

	"heddle/router/upload"
)

// Request is one GraphQL request to a subgraph. Body is the JSON object
// {query, variables, operationName, extensions}; Header is all that travels
// beside it.
type Request struct {
	Body   []byte
	Header http.Header
	// Files travel with the request, which then is a multipart one; nil for none.
	// They can be read once: such a request cannot be sent again.
	Files *upload.Parcel
}

// Response is what a subgraph answered: the bytes as they came, unparsed.
type Response struct {
	Body   []byte
	Header http.Header
	Status int
}

// Fetcher answers queries and mutations of one subgraph. It is safe for
// concurrent use.
type Fetcher interface {
	Fetch(ctx context.Context, r Request) (Response, error)
}

// Subscriber is a Fetcher that can also hold a subscription open. Subscribe
// calls deliver once per event with the GraphQL response of that event and
// returns when the stream has ended: nil when the subgraph completed it,
// ctx.Err() when ctx was done, and whatever deliver returned when it failed.
type Subscriber interface {
	Subscribe(ctx context.Context, r Request, deliver func(payload []byte) error) error
}
