package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"

	"heddle/internal/run"
)

// later is a service that is made when it starts, from what was made before it.
func later(build func() run.Service) run.Service { return &deferred{build: build} }

type deferred struct {
	build   func() run.Service
	service run.Service
}

func (d *deferred) Start(ctx context.Context) error {
	if d.service == nil {
		d.service = d.build()
	}
	return d.service.Start(ctx)
}

func (d *deferred) Stop(ctx context.Context) error {
	if d.service == nil {
		return nil
	}
	return d.service.Stop(ctx)
}

// within is how domains ask the graph that they are part of: by calling the
// router, which is made after them.
type within struct{ handler atomic.Value }

func (w *within) serve(h http.Handler) { w.handler.Store(h) }

// RoundTrip calls the router.
func (w *within) RoundTrip(r *http.Request) (*http.Response, error) {
	handler, ok := w.handler.Load().(http.Handler)
	if !ok {
		return nil, errors.New("the router has not started yet")
	}
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(answer, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: answer.status, Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(answer.body.Len()), Body: io.NopCloser(&answer.body),
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	body   bytes.Buffer
	status int
	wrote  bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.wrote {
		a.status, a.wrote = status, true
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.wrote = true
	return a.body.Write(p)
}

// warnings is a log handler that passes on nothing below a warning.
type warnings struct{ slog.Handler }

func (warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// extra are the handlers that the domains serve beside the graph, by path.
func (d *domainServers) extra() map[string]http.Handler {
	all := map[string]http.Handler{}
	for _, server := range d.servers {
		for path, handler := range server.Extra {
			all[path] = handler
		}
	}
	return all
}
