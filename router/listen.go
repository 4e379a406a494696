package router

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"heddle/internal/run"
)

// Listen serves the router on an address, as a service: Start returns when it
// accepts connections, Stop when it has drained, or when its context ended and
// the rest was cut off.
func Listen(address string, r *Router, log *slog.Logger) *Listener {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Listener{address: address, router: r, log: log}
}

var _ run.Service = (*Listener)(nil)

// Listener is a router on an address.
type Listener struct {
	// Grace is how long connections are accepted at least after Stop, while
	// /readyz says 503, so that a load balancer sees it before it meets a
	// closed port.
	Grace time.Duration
	// Socket, if set, is what Start accepts connections on instead of listening
	// at the address.
	Socket net.Listener
	// TLS, if set, has the certificates with which the router answers over TLS.
	TLS *tls.Config

	address string
	router  *Router
	log     *slog.Logger

	mu       sync.Mutex
	server   *http.Server
	listener net.Listener
	served   chan error
}

// Start begins to accept connections.
func (l *Listener) Start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		return nil
	}
	listener := l.Socket
	if listener == nil {
		var err error
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", l.address); err != nil {
			return fmt.Errorf("listen on %s: %w", l.address, reason(err))
		}
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:           l.router,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    128 << 10,
		ErrorLog:          slog.NewLogLogger(l.log.Handler(), slog.LevelWarn),
		Protocols:         protocols,
		TLSConfig:         l.TLS,
	}
	served := make(chan error, 1)
	go func() {
		if l.TLS != nil {
			served <- server.ServeTLS(listener, "", "")
			return
		}
		served <- server.Serve(listener)
	}()
	l.server, l.listener, l.served = server, listener, served
	return nil
}

// Address is where the router listens, once started: the port is known even if
// any was asked for.
func (l *Listener) Address() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener == nil {
		return l.address
	}
	return l.listener.Addr().String()
}

// Stop ends the live connections in good order, then accepts no more, and waits
// for the requests that run.
func (l *Listener) Stop(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	grace := time.After(l.Grace)
	err := l.router.Drain(ctx)
	select {
	case <-grace:
	case <-ctx.Done():
	}
	if err = errors.Join(err, l.server.Shutdown(ctx)); err != nil {
		_ = l.server.Close()
	}
	if served := <-l.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	l.server, l.listener = nil, nil
	return err
}

// reason is what the system says, without the address that the caller names.
func reason(err error) error {
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Err
	}
	return err
}
