package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"syscall"
	"time"
)

// reachTimeout is how long an outside store may take to be reached.
const reachTimeout = 5 * time.Second

// reachable finds out early whether something listens where the variable says
// that an outside store is. A variable that is not set is fine.
func reachable(ctx context.Context, variable, port string) error {
	value := os.Getenv(variable)
	if value == "" {
		return nil
	}
	at, err := url.Parse(value)
	if err != nil || at.Scheme == "" {
		return fmt.Errorf("%s is not a URL", variable) // its text may hold a password
	}
	if at.Hostname() == "" {
		return nil // a socket on this machine, named in another way
	}
	if at.Port() != "" {
		port = at.Port()
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	address := net.JoinHostPort(at.Hostname(), port)
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("%s: nothing answers at %s (%w)", variable, address, cause(err))
	}
	return conn.Close()
}

// storesReachable checks the stores without which nothing can begin. NATS may
// come later: what is to be sent waits in the outbox.
func storesReachable(ctx context.Context) error {
	return errors.Join(
		reachable(ctx, "HEDDLE_POSTGRES_URL", "5432"),
		reachable(ctx, "HEDDLE_REDIS_URL", "6379"),
	)
}

// cause is what a network error comes down to.
func cause(err error) error {
	if no := syscall.Errno(0); errors.As(err, &no) {
		return no
	}
	if missing := new(net.DNSError); errors.As(err, &missing) {
		return errors.New(missing.Err)
	}
	return err
}
