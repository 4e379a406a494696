package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS is a NATS server with JetStream in this process, its streams on files
// in the folder's nats/. A message it has acknowledged is on the disk.
type NATS struct {
	folder *Folder

	mu     sync.Mutex
	server *server.Server
	port   int
}

// NewNATS is the NATS server of the folder.
func NewNATS(folder *Folder) *NATS { return &NATS{folder: folder} }

// URL is where the server is.
func (n *NATS) URL() string {
	u := url.URL{
		Scheme: "nats", User: url.UserPassword(superuser, n.folder.Password()),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port)),
	}
	return u.String()
}

// Start returns when the server accepts connections.
func (n *NATS) Start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil {
		return nil
	}
	port, err := n.folder.Port("nats")
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "heddle", Host: "127.0.0.1", Port: port,
		Username: superuser, Password: n.folder.Password(),
		JetStream: true, StoreDir: n.folder.Path("nats"), SyncAlways: true,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 8 << 30,
		NoSigs: true, NoLog: true,
	})
	if err != nil {
		return err
	}
	s.SetLoggerV2(&complaints{}, false, false, false)
	go s.Start()
	if err := n.ready(ctx, s); err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		n.folder.forgetPort("nats")
		return err
	}
	n.server, n.port = s, port
	return nil
}

func (n *NATS) ready(ctx context.Context, s *server.Server) error {
	said := func() error { return s.Logger().(*complaints).first() }
	for !s.ReadyForConnections(50 * time.Millisecond) {
		if err := said(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait for NATS: %w", ctx.Err())
		}
	}
	if !s.JetStreamEnabled() {
		return errors.Join(errors.New("NATS started without JetStream"), said())
	}
	return nil
}

// Stop closes the server when all it holds is on the disk.
func (n *NATS) Stop(context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server == nil {
		return nil
	}
	n.server.Shutdown()
	n.server.WaitForShutdown()
	n.server = nil
	return nil
}

// complaints keeps the first thing that the server calls fatal or an error: it
// would end the process over the one and only mention the other.
type complaints struct {
	mu  sync.Mutex
	err error
}

func (c *complaints) first() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *complaints) keep(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

func (c *complaints) Fatalf(format string, args ...any) { c.keep(format, args...) }
func (c *complaints) Errorf(format string, args ...any) { c.keep(format, args...) }
func (*complaints) Noticef(string, ...any)              {}
func (*complaints) Warnf(string, ...any)                {}
func (*complaints) Debugf(string, ...any)               {}
func (*complaints) Tracef(string, ...any)               {}
