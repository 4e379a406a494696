package embedded

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"

	"heddle/internal/run"
)

// Redis is a Redis server in this process. It holds its data in memory alone,
// as the graph asks of it: whatever must outlive a start is in PostgreSQL too.
type Redis struct {
	folder *Folder

	mu     sync.Mutex
	server *miniredis.Miniredis
	clock  run.Service
}

// NewRedis is the Redis of the folder; only its password and port are kept.
func NewRedis(folder *Folder) *Redis { return &Redis{folder: folder} }

// URL is where the server is.
func (r *Redis) URL() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", r.folder.Password()), Host: r.server.Addr(), Path: "/0"}
	return u.String()
}

// Start returns when the server listens.
func (r *Redis) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		return nil
	}
	server, err := r.listen()
	for range 2 { // somebody may take a port between the look at it and here
		if err != nil {
			server, err = r.listen()
		}
	}
	if err != nil {
		return err
	}
	r.server, r.clock = server, run.Background(drive(server))
	return r.clock.Start(ctx)
}

// listen makes a server on the folder's port; one that is taken is forgotten.
func (r *Redis) listen() (*miniredis.Miniredis, error) {
	port, err := r.folder.Port("redis")
	if err != nil {
		return nil, err
	}
	server := miniredis.NewMiniRedis()
	server.RequireAuth(r.folder.Password())
	if err := server.StartAddr(net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
		r.folder.forgetPort("redis")
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return server, nil
}

// Stop closes the server and all connections.
func (r *Redis) Stop(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server == nil {
		return nil
	}
	err := r.clock.Stop(ctx)
	r.server.Close()
	r.server = nil
	return err
}

const (
	tick  = 20 * time.Millisecond // between two moves of the clock: so exactly keys expire
	share = 20                    // one part in so many is the time that moving the clock may take
)

// drive moves the server's clock with ours: by itself it stands still, and no
// key would ever expire. Each move looks at every key, so where there are very
// many, moves are rarer.
func drive(server *miniredis.Miniredis) func(context.Context) error {
	return func(ctx context.Context) error {
		timer := time.NewTimer(tick)
		defer timer.Stop()
		last := time.Now()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-timer.C:
			}
			now := time.Now()
			server.FastForward(now.Sub(last))
			last = now
			timer.Reset(max(tick, share*time.Since(now)))
		}
	}
}
