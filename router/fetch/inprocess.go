package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Local asks a subgraph that lives in this process by calling its handler.
type Local struct {
	handler http.Handler
}

// InProcess asks the subgraph behind h without a network. The handler sees what
// it would see over one: the request's headers and an end to its context, none
// of the context's values.
func InProcess(h http.Handler) *Local { return &Local{handler: h} }

// Fetch calls the handler with the request as an HTTP POST.
func (f *Local) Fetch(ctx context.Context, r Request) (Response, error) {
	req, err := post(bare{ctx}, "/graphql", r, acceptJSON)
	if err != nil {
		return Response{}, err
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK, limit: r.limit()}
	if err := call(f.handler, w, req); err != nil {
		return Response{}, err
	}
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	if w.full {
		return Response{}, TooLarge{w.limit}
	}
	return Response{Body: w.body.Bytes(), Header: w.header, Status: w.status}, nil
}

// Subscribe calls the handler for a stream of server-sent events and reads it
// through a pipe. It returns when the handler has.
func (f *Local) Subscribe(ctx context.Context, r Request, deliver func(payload []byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := post(bare{ctx}, "/graphql", r, acceptEvents)
	if err != nil {
		return err
	}
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := call(f.handler, &streamer{header: http.Header{}, pipe: in, opened: func() { isOpen(ctx) }}, req)
		_ = in.CloseWithError(io.EOF)
		ended <- err
	}()
	_, err = readEvents(out, r.limit(), deliver)
	ctxErr := ctx.Err()
	cancel()
	_ = out.Close()
	broken := <-ended
	switch {
	case ctxErr != nil:
		return ctxErr
	case err != nil:
		return err
	}
	return broken
}

// call runs a handler; its panic is an error, as a server would make it one.
func call(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the subgraph's handler broke: %v", cause)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// bare is a context with the end of another and none of its values.
type bare struct{ context.Context }

func (bare) Value(any) any { return nil }

func (b bare) Deadline() (time.Time, bool) { return b.Context.Deadline() }

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	body   bytes.Buffer
	status int
	wrote  bool
	limit  int64
	full   bool // more was written than the limit
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.wrote = true
	if w.full = w.full || int64(w.body.Len()+len(p)) > w.limit; w.full {
		return 0, TooLarge{w.limit}
	}
	return w.body.Write(p)
}

// streamer hands on what a handler writes as it comes. A handler that does not
// stream is told by its content type: its one answer is the one event.
type streamer struct {
	header http.Header
	pipe   *io.PipeWriter
	opened func() // called with the first words of a stream
	wrote  bool
}

func (w *streamer) Header() http.Header { return w.header }

func (w *streamer) WriteHeader(int) {}

// Flush is there because streaming handlers ask for it.
func (w *streamer) Flush() {}

func (w *streamer) Write(p []byte) (int, error) {
	if !w.wrote {
		w.wrote = true
		if isEventStream(w.header) {
			w.opened()
		} else {
			if _, err := io.WriteString(w.pipe, plainAnswer); err != nil {
				return 0, err
			}
		}
	}
	return w.pipe.Write(p)
}
