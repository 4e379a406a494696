package serve

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// parts writes an answer of several parts as multipart/mixed (incremental
// delivery over HTTP). Each part ends with the delimiter of what comes after it,
// so that the client knows that it is whole.
func (s *Server) parts(w http.ResponseWriter, r *http.Request, answer Answer) {
	header := w.Header()
	header.Set("Content-Type", mediaParts+`; boundary="-"; deferSpec=`+deferSpec)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no") // for proxies that would hold parts back
	header.Add("Vary", "Accept")
	w.WriteHeader(http.StatusOK)
	out := &partWriter{w: w, control: http.NewResponseController(w), patient: s.opts.Timeouts.Write}
	n := noted(r.Context())
	deliver := func(part []byte) error {
		n.failed(countPartErrors(part))
		return out.part(part)
	}
	if _, err := io.WriteString(w, "\r\n---"); err != nil {
		return
	}
	if err := deliver(answer.Body); err != nil {
		return
	}
	if answer.Rest != nil {
		if err := answer.Rest(deliver); err != nil {
			panic(http.ErrAbortHandler) // an answer without its end is not taken for whole
		}
	}
	_, _ = io.WriteString(w, "--\r\n") // the client may be gone: there is nobody to tell
}

// partWriter writes parts and sends each at once.
type partWriter struct {
	w       io.Writer
	control *http.ResponseController
	patient time.Duration
}

func (o *partWriter) part(body []byte) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(o.patient)) // not every ResponseWriter can
	defer func() { _ = o.control.SetWriteDeadline(time.Time{}) }()
	if _, err := fmt.Fprintf(o.w, "\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n", len(body)); err != nil {
		return err
	}
	if _, err := o.w.Write(body); err != nil {
		return err
	}
	if _, err := io.WriteString(o.w, "\r\n---"); err != nil {
		return err
	}
	return o.control.Flush()
}
