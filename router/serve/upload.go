package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"heddle/internal/body"
	"heddle/router/operation"
	"heddle/router/upload"
)

func isMultipart(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Method == http.MethodPost && err == nil && media == "multipart/form-data"
}

// upload answers a multipart request. Its files are read while the operation
// runs, as fast as the subgraph takes them.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, accept accepted) {
	ctx, cancel := context.WithTimeout(r.Context(), s.opts.Timeouts.Upload)
	defer cancel()
	request, files, err := s.decodeUpload(w, r)
	if err != nil {
		body.Discard(w, r)
		s.refuse(w, r, accept, err)
		return
	}
	call := Call{Request: request, Files: files, Header: s.forwarded(ctx, r.Header, nil), Device: s.device(r), Allow: allowUpload}
	answer, err := s.walk(ctx, call)
	noted(ctx).operation(call.Request, answer)
	whole := files.Close(func() { _ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) })
	if problem := files.Problem(); problem != nil {
		err = problem // whatever came of it, came of that
	}
	if !whole {
		body.Discard(w, r)
	}
	if err != nil {
		s.refuse(w, r, accept, refusedUpload(err))
		return
	}
	s.answer(w, r, accept, answer)
}

func allowUpload(kind operation.Kind) error {
	if kind == operation.Subscription {
		return badRequest("A subscription takes no files.")
	}
	return nil
}

// decodeUpload reads a multipart request up to its files.
func (s *Server) decodeUpload(w http.ResponseWriter, r *http.Request) (operation.Request, *upload.Incoming, error) {
	var none operation.Request
	limits := upload.Limits{Text: s.bodyLimit(r.Context()), Files: s.opts.Limits.Files, FileSize: s.opts.Limits.FileSize}
	if most := int64(limits.Files)*limits.FileSize + 2*limits.Text + overhead; r.ContentLength > most {
		return none, nil, refusedUpload(&upload.Problem{TooLarge: true, Message: fmt.Sprintf(
			"The request is larger than %d files of %d bytes each.", limits.Files, limits.FileSize)})
	}
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return none, nil, badRequest("The Content-Type of the multipart request has no boundary.")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return none, nil, checkContentType(http.Header{"Content-Type": {mediaJSON}, "Content-Encoding": {encoding}})
	}
	parts, err := upload.Read(&patient{r.Body, http.NewResponseController(w)}, parameters["boundary"], limits)
	if err != nil {
		return none, nil, refusedUpload(err)
	}
	request, err := decodeBody(parts.Operations)
	if err != nil {
		return none, nil, err
	}
	request.Files = parts.Places
	return request, parts.Files, nil
}

// overhead is what may surround the parts of a multipart request.
const overhead = 1 << 20

// refusedUpload gives what was wrong with a multipart request its status.
func refusedUpload(err error) error {
	var p *upload.Problem
	switch {
	case !errors.As(err, &p):
		return err
	case p.TooLarge:
		return &refusal{status: http.StatusRequestEntityTooLarge, code: codeTooLarge, message: p.Message}
	}
	return badRequest("%s", p.Message)
}

// patient reads a body of any length whose sender does not pause for longer
// than bodyTime.
type patient struct {
	body    io.Reader
	control *http.ResponseController
}

func (p *patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(bodyTime)) // not every ResponseWriter can
	n, err := p.body.Read(b)
	if err != nil {
		_ = p.control.SetReadDeadline(time.Time{}) // the connection may live on
	}
	return n, err
}
