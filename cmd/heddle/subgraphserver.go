package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"
)

// listenEarly takes the address before anything slow begins. Who connects
// meanwhile waits until it is served.
func listenEarly(ctx context.Context, address string) (net.Listener, error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken: another process listens there; end it, or choose another address with --listen", address)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be listened on: %w", address, err)
	}
	return socket, nil
}

// readiness is a handler that knows whether it can do its work.
type readiness interface {
	http.Handler
	Ready(ctx context.Context) error
}

// webServer serves a handler with /healthz and /readyz, as a service.
type webServer struct {
	socket  net.Listener
	handler readiness
	log     *slog.Logger

	server   *http.Server
	served   chan error
	end      context.CancelFunc // ends what still runs, subscriptions above all
	draining atomic.Bool
}

// Start begins to accept connections.
func (s *webServer) Start(ctx context.Context) error {
	if s.server != nil {
		return nil
	}
	base, end := context.WithCancel(context.WithoutCancel(ctx))
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.server, s.end, s.served = &http.Server{
		Handler:           s.routes(),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		Protocols:         protocols,
	}, end, make(chan error, 1)
	go func() { s.served <- s.server.Serve(s.socket) }()
	return nil
}

func (s *webServer) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", logged(s.handler, s.log))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
		} else if err := s.handler.Ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		} else {
			_, _ = fmt.Fprintln(w, "ready")
		}
	})
	return mux
}

// requestPatience is how long requests may still take after Stop.
const requestPatience = 5 * time.Second

// Stop lets requests finish and then ends subscriptions.
func (s *webServer) Stop(ctx context.Context) error {
	if s.server == nil {
		return nil
	}
	s.draining.Store(true)
	patience, cancel := context.WithTimeout(ctx, requestPatience)
	defer cancel()
	err := s.server.Shutdown(patience)
	s.end()
	if err != nil { // event streams do not finish by themselves
		err = s.server.Close()
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.server = nil
	return err
}
