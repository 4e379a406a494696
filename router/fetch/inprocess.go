package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// Local asks a subgraph that lives in this process by calling its handler.
type Local struct {
	handler http.Handler
}

// InProcess asks the subgraph behind h without a network.
func InProcess(h http.Handler) *Local { return &Local{handler: h} }

// Fetch calls the handler with the request as an HTTP POST.
func (f *Local) Fetch(ctx context.Context, r Request) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, fmt.Errorf("make request to subgraph: %w", err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	f.handler.ServeHTTP(w, req)
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	if w.body.Len() > MaxResponse {
		return Response{}, fmt.Errorf("subgraph answer is larger than %d bytes", MaxResponse)
	}
	return Response{Body: w.body.Bytes(), Header: w.header, Status: w.status}, nil
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	body   bytes.Buffer
	status int
	wrote  bool
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.wrote = true
	return w.body.Write(p)
}
