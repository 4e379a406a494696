package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"heddle/internal/body"
	"heddle/internal/caller"
	"heddle/router/operation"
)

// bodyTime is how long a client may take to send its body.
const bodyTime = 30 * time.Second

// decode reads the request out of a GET's URL or a POST's body (GraphQL over
// HTTP, section 5).
func (s *Server) decode(w http.ResponseWriter, r *http.Request) (operation.Request, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return decodeURL(r.URL)
	case http.MethodPost:
		if err := checkContentType(r.Header); err != nil {
			return operation.Request{}, err
		}
		body, err := s.readBody(w, r)
		if err != nil {
			return operation.Request{}, err
		}
		return decodeBody(body)
	}
	return operation.Request{}, &refusal{status: http.StatusMethodNotAllowed, code: codeMethod, allow: methods,
		message: fmt.Sprintf("The method %s is not one of this endpoint. Use POST, or GET for a query.", r.Method)}
}

// methods is the Allow header of the endpoint.
const methods = "DELETE, GET, HEAD, OPTIONS, POST, PUT"

func checkContentType(header http.Header) error {
	value := header.Get("Content-Type")
	media, parameters, err := mime.ParseMediaType(value)
	var message string
	switch {
	case value == "":
		message = "The request has no Content-Type. Send application/json, or multipart/form-data with files."
	case err != nil || media != mediaJSON:
		message = fmt.Sprintf("The Content-Type %q is not one that this endpoint reads. Send application/json, or multipart/form-data with files.", value)
	case !isUTF8(parameters["charset"]):
		message = fmt.Sprintf("The charset %q is not one that this endpoint reads. Send UTF-8.", parameters["charset"])
	case header.Get("Content-Encoding") != "" && header.Get("Content-Encoding") != "identity":
		message = fmt.Sprintf("The Content-Encoding %q is not one that this endpoint reads. Send the body as it is.", header.Get("Content-Encoding"))
	default:
		return nil
	}
	return &refusal{status: http.StatusUnsupportedMediaType, code: codeMediaType, message: message}
}

// readBody keeps no more than the limit, and nothing of a body that says
// itself that it is longer.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := s.bodyLimit(r.Context())
	tooLarge := &refusal{status: http.StatusRequestEntityTooLarge, code: codeTooLarge,
		message: fmt.Sprintf("The request is larger than %d bytes.", limit)}
	if r.ContentLength > limit {
		body.Discard(w, r)
		return nil, tooLarge
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime)) // not every ResponseWriter can
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	text, err := readAll(r, limit+1)
	switch {
	case err != nil:
		return nil, badRequest("The body could not be read to its end.")
	case int64(len(text)) > limit:
		body.Discard(w, r)
		return nil, tooLarge
	}
	return text, nil
}

// bodyLimit is how many bytes a request of the caller may have.
func (s *Server) bodyLimit(ctx context.Context) int64 {
	if _, known := caller.From(ctx); known {
		return max(s.opts.Limits.Body, s.opts.Limits.KnownBody)
	}
	return s.opts.Limits.Body
}

// readAll reads a body, or so many bytes of it. There is room for it from the
// start where the client told its length.
func readAll(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength <= 0 {
		return io.ReadAll(io.LimitReader(r.Body, limit))
	}
	text := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, text)
	return text, err
}

func badRequest(format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, code: codeBadRequest, message: fmt.Sprintf(format, args...)}
}

// decodeBody reads the JSON object of a request. Members it does not know are
// ignored, as the specification asks.
func decodeBody(body []byte) (operation.Request, error) {
	var none operation.Request
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return none, badRequest("The body is empty. Send a JSON object with the member %q.", "query")
	case !utf8.Valid(body):
		return none, badRequest("The body is not UTF-8.")
	case trimmed[0] == '[':
		return none, &refusal{status: http.StatusBadRequest, code: codeBatch,
			message: "The body is a list. Lists of requests are not supported: send each request alone."}
	}
	if read, ok := members(body); ok {
		return decodeMembers(read)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); errors.As(err, new(*json.SyntaxError)) {
		return none, badRequest("The body is not JSON: %s.", syntaxProblem(body))
	} else if err != nil {
		return none, badRequest("The body must be an object with the member %q, not %s.", "query", jsonKind(trimmed))
	}
	return decodeMembers(members)
}

// syntaxProblem says where JSON goes wrong.
func syntaxProblem(body []byte) string {
	var problem *json.SyntaxError
	var value any
	if errors.As(json.Unmarshal(body, &value), &problem) {
		return fmt.Sprintf("%s, at byte %d", problem, problem.Offset)
	}
	return "it cannot be read"
}

func decodeMembers(members map[string]json.RawMessage) (r operation.Request, err error) {
	if r.Query, err = stringMember(members, "query"); err != nil {
		return r, err
	}
	if r.OperationName, err = stringMember(members, "operationName"); err != nil {
		return r, err
	}
	if r.Variables, err = objectMember(members, "variables"); err != nil {
		return r, err
	}
	if r.Extensions, err = objectMember(members, "extensions"); err != nil {
		return r, err
	}
	if r.Query == "" {
		return r, badRequest("The request has no %q.", "query")
	}
	return r, nil
}

func stringMember(members map[string]json.RawMessage, name string) (string, error) {
	raw, given := members[name]
	if !given || string(raw) == "null" {
		return "", nil
	}
	if raw[0] != '"' {
		return "", badRequest("The member %q must be a string, not %s.", name, jsonKind(raw))
	}
	value, err := stringOf(raw)
	if err != nil {
		return "", badRequest("The member %q cannot be read as a string.", name)
	}
	return value, nil
}

func objectMember(members map[string]json.RawMessage, name string) (json.RawMessage, error) {
	raw, given := members[name]
	if !given || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] != '{' {
		return nil, badRequest("The member %q must be an object, not %s.", name, jsonKind(raw))
	}
	return raw, nil
}

// jsonKind names the kind of a valid JSON value.
func jsonKind(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// decodeURL reads the parameters of a GET (GraphQL over HTTP, section 5.3).
func decodeURL(u *url.URL) (r operation.Request, err error) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return r, badRequest("The URL's parameters cannot be read.")
	}
	for _, name := range []string{"query", "operationName", "variables", "extensions"} {
		if len(values[name]) > 1 {
			return r, badRequest("The parameter %q is given %d times.", name, len(values[name]))
		}
		if !utf8.ValidString(values.Get(name)) {
			return r, badRequest("The parameter %q is not UTF-8.", name)
		}
	}
	r.Query, r.OperationName = values.Get("query"), values.Get("operationName")
	if r.Variables, err = objectParameter(values, "variables"); err != nil {
		return r, err
	}
	if r.Extensions, err = objectParameter(values, "extensions"); err != nil {
		return r, err
	}
	if r.Query == "" {
		return r, badRequest("The request has no parameter %q.", "query")
	}
	return r, nil
}

func objectParameter(values url.Values, name string) (json.RawMessage, error) {
	raw := bytes.TrimSpace([]byte(values.Get(name)))
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil
	case !json.Valid(raw):
		return nil, badRequest("The parameter %q is not JSON: %s.", name, syntaxProblem(raw))
	case raw[0] != '{':
		return nil, badRequest("The parameter %q must be an object, not %s.", name, jsonKind(raw))
	}
	return raw, nil
}
