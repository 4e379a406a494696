// Package fetch asks subgraphs: it carries one GraphQL request to one subgraph
// and brings the answer back, without knowing what is asked.
package fetch

import (
	"context"
	"fmt"
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
	// Limit is how many bytes the answer, or each event, may have; 0 means
	// MaxResponse.
	Limit int64
}

// MaxResponse is the largest answer of a subgraph that is read where no other
// limit is given.
const MaxResponse = 64 << 20

// TooLarge is the error of an answer that is longer than the limit. No more of
// it is read.
type TooLarge struct{ Limit int64 }

func (e TooLarge) Error() string {
	return fmt.Sprintf("the subgraph's answer is larger than %d bytes", e.Limit)
}

func (r Request) limit() int64 {
	if r.Limit == 0 {
		return MaxResponse
	}
	return r.Limit
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
