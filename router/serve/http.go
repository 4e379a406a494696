package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"

	"heddle/router/operation"
	"heddle/router/subscribe"
)

// endpoint is /graphql: it tells the transports apart.
func (s *Server) endpoint(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusNoContent)
	case websocket.IsWebSocketUpgrade(r):
		s.webSocket(w, r)
	case wantsPage(r):
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case forReserved(r):
		s.overReserved(w, r)
	default:
		s.overHTTP(w, r)
	}
}

// wantsPage tells a person who opens the endpoint in a browser from a client.
func wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.RawQuery == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// overHTTP answers one request with one response, or with a stream of events.
func (s *Server) overHTTP(w http.ResponseWriter, r *http.Request) {
	accept, err := negotiate(r.Header)
	if err == nil {
		err = s.origins.checkSimple(r)
	}
	if err != nil {
		s.refuse(w, r, accept, err)
		return
	}
	ctx, err := s.opts.Callers.Authorize(r.Context(), r.Header.Get("Authorization"))
	if err != nil {
		s.refuse(w, r, accept, err)
		return
	}
	r = r.WithContext(ctx)
	if isMultipart(r) {
		s.upload(w, r, accept)
		return
	}
	request, err := s.decode(w, r)
	if err != nil {
		s.refuse(w, r, accept, err)
		return
	}
	call := Call{Request: request, Header: s.forwarded(ctx, r.Header, nil), Device: s.device(r)}
	if accept.streams {
		s.stream(w, r, call, events{})
		return
	}
	s.once(w, r, accept, call)
}

// once answers with a single response. A subscription becomes a stream if the
// client reads that too.
func (s *Server) once(w http.ResponseWriter, r *http.Request, accept accepted, call Call) {
	ctx, cancel := context.WithTimeout(r.Context(), s.opts.Timeouts.Operation)
	defer cancel()
	call.Allow = func(kind operation.Kind) error {
		if kind == operation.Subscription {
			return errOnlyStreamed
		}
		return allowMethod(r.Method, kind)
	}
	call.Request.Incremental = accept.parts
	answer, err := s.walk(ctx, call)
	noted(ctx).operation(call.Request, answer)
	switch {
	case errors.Is(err, errOnlyStreamed) && readsSubscriptionParts(r.Header):
		s.stream(w, r, call, partStream{})
	case errors.Is(err, errOnlyStreamed) && accept.stream:
		s.stream(w, r, call, events{})
	case err != nil:
		s.refuse(w, r, accept, err)
	default:
		s.answer(w, r, accept, answer)
	}
}

// answer writes a response: whole, or in parts where some come later, or the
// client reads nothing else.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, accept accepted, answer Answer) {
	if answer.Rest != nil || accept.media == "" && accept.parts {
		s.parts(w, r, answer)
		return
	}
	noted(r.Context()).failed(countErrors(answer.Body))
	media := accept.media
	if media == "" {
		media = mediaJSON
	}
	writeBody(w, media, http.StatusOK, answer.Body)
}

var errOnlyStreamed = &refusal{status: http.StatusNotAcceptable, code: codeNotAccept,
	message: "A subscription is answered as text/event-stream or multipart/mixed;subscriptionSpec=1.0, which the Accept header does not take, or over WebSocket."}

// allowMethod keeps GET for what changes nothing (GraphQL over HTTP, section 5.3).
func allowMethod(method string, kind operation.Kind) error {
	if kind == operation.Mutation && method != http.MethodPost {
		return &refusal{status: http.StatusMethodNotAllowed, code: codeMethod, allow: http.MethodPost,
			message: "A mutation cannot be sent by GET. Use POST."}
	}
	return nil
}

// refuse answers with errors and no data.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, accept accepted, err error) {
	ctx := r.Context()
	f := explain(err)
	if f.private && ctx.Err() == nil {
		s.opts.Log.ErrorContext(ctx, "a request failed", "error", err)
	}
	noted(ctx).failed(len(f.errors))
	status, media := f.status, accept.media
	if media == "" {
		media = mediaJSON
	}
	if media == mediaJSON && !f.always {
		status = http.StatusOK
	}
	setRefusalHeaders(w.Header(), f)
	writeBody(w, media, status, subscribe.EncodeResponse(f.errors))
}

func setRefusalHeaders(header http.Header, f failure) {
	if f.allow != "" {
		header.Set("Allow", f.allow)
	}
	switch f.status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "1")
	}
}

func writeBody(w http.ResponseWriter, media string, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", media+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Add("Vary", "Accept")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone: there is nobody to tell
}

// countErrors counts the errors of a response. A response with errors ends with
// their list, so that the others need not be read.
func countErrors(body []byte) int {
	if !bytes.HasSuffix(body, []byte("]}")) {
		return 0
	}
	var list struct{ Errors []json.RawMessage }
	_ = json.Unmarshal(body, &list) // the executor wrote it
	return len(list.Errors)
}

// countPartErrors counts the errors of one part of a response.
func countPartErrors(body []byte) int {
	if !bytes.Contains(body, []byte(`"errors":[`)) {
		return 0
	}
	var part struct {
		Errors      []json.RawMessage
		Incremental []struct{ Errors []json.RawMessage }
	}
	_ = json.Unmarshal(body, &part) // the executor wrote it
	n := len(part.Errors)
	for _, piece := range part.Incremental {
		n += len(piece.Errors)
	}
	return n
}
