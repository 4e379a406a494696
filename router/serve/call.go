package serve

import (
	"context"
	"net/http"

	"heddle/internal/caller"
	"heddle/router/operation"
	"heddle/router/subscribe"
	"heddle/router/upload"
)

// Call is one operation on its way in, whichever transport brought it.
type Call struct {
	Request operation.Request
	// Header is what travels to the subgraphs.
	Header http.Header
	// Files are the files that came with the request; nil for none.
	Files upload.Stream
	// Device is where the call came from.
	Device caller.Device
	// Allow says whether the transport can carry operations of the kind.
	Allow func(operation.Kind) error
	// Live is how the client takes part in a subscription.
	Live subscribe.Joining
}

// Answer is what came of a call: a whole response, or a subscription.
type Answer struct {
	Kind operation.Kind
	Name string
	Body []byte // the GraphQL response of a query or mutation, or its first part
	// Rest delivers the parts that come after Body, one after the other, and
	// returns after the last. It is nil where Body is all there is; else it has to
	// be called, with the context of the call still alive.
	Rest func(deliver func(part []byte) error) error
	Live *subscribe.Subscription // of a subscription, else nil
}

// Walk takes a call from request to answer. Its error is operation.Errors, a
// *fault.Error, what Allow said, or an internal error. The answer's kind and
// name are set as soon as they are known, also beside an error.
type Walk func(ctx context.Context, call Call) (Answer, error)
