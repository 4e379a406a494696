package serve

import (
	"context"
	"errors"
	"net/http"

	"heddle/internal/fault"
	"heddle/router/operation"
	"heddle/router/subscribe"
)

// The codes that the endpoint itself gives, beside those of internal/fault and
// router/operation.
const (
	codeBadRequest   = "BAD_REQUEST"            // not a GraphQL-over-HTTP request
	codeBatch        = "BATCHING_NOT_SUPPORTED" // a list of requests
	codeMethod       = "METHOD_NOT_ALLOWED"
	codeNotAccept    = "NOT_ACCEPTABLE"         // no media type of Accept can be had
	codeMediaType    = "UNSUPPORTED_MEDIA_TYPE" // of the request's body
	codeTooLarge     = "PAYLOAD_TOO_LARGE"
	codeCrossSite    = "CSRF_PREVENTED" // a browser's request that another site may have caused
	codeTimeout      = "TIMEOUT"        // the operation took too long
	codeTooManyCalls = "TOO_MANY_OPERATIONS"
	codeGone         = "CLIENT_CLOSED_REQUEST" // seen in logs alone
)

// refusal is an error about the transport: it has the same status whatever the
// media type of the answer.
type refusal struct {
	status  int
	code    string
	message string
	allow   string // value of the Allow header; empty for none
}

func (r *refusal) Error() string { return r.message }

func (r *refusal) errors() operation.Errors {
	return operation.Fail(operation.Code(r.code), r.message)
}

// failure is an error made ready for the client.
type failure struct {
	errors  operation.Errors
	status  int
	always  bool // the status holds for application/json too
	allow   string
	private bool // there is more to the error, for the log alone
}

var (
	errTimeout  = &refusal{status: http.StatusGatewayTimeout, code: codeTimeout, message: "The operation took too long and was given up."}
	errGone     = &refusal{status: 499, code: codeGone, message: "The client did not wait for the answer."}
	errDraining = fault.New(fault.Unavailable, "This server is shutting down. Ask again.")
)

// explain says what a client is told of an error.
func explain(err error) failure {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = errTimeout
	case errors.Is(err, context.Canceled):
		err = errGone
	}
	var refused *refusal
	if errors.As(err, &refused) {
		return failure{errors: refused.errors(), status: refused.status, always: true, allow: refused.allow}
	}
	var list operation.Errors
	if errors.As(err, &list) {
		return explainList(list)
	}
	list = subscribe.Errors(err)
	return failure{errors: list, status: statusOf(fault.CodeOf(err)), always: true, private: err.Error() != list[0].Message}
}

// explainList is for errors in the document: application/json reports them
// with 200 (GraphQL over HTTP, section 6.4.1).
func explainList(list operation.Errors) failure {
	f := failure{errors: list, status: http.StatusBadRequest}
	switch list[0].Extensions["code"] {
	case string(operation.Internal):
		f.status, f.always = http.StatusInternalServerError, true
	case string(operation.TooLarge), string(operation.TooComplex):
		f.status, f.always = http.StatusRequestEntityTooLarge, true
	}
	return f
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.BadInput:
		return http.StatusBadRequest
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
