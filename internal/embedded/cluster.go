package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// A Cluster is a private PostgreSQL, a child of this process, with its data in
// the folder's postgres/. What it has acknowledged survives any end: its own,
// this process's, the machine's.
type Cluster struct {
	folder *Folder
	log    *slog.Logger
	extra  []string

	mu    sync.Mutex
	child *child
	port  int
	bin   binaries
	data  string
	who   owner
}

// NewCluster is the cluster of the folder.
func NewCluster(folder *Folder, log *slog.Logger) *Cluster {
	return &Cluster{folder: folder, log: log}
}

// NewScratchCluster is one for data that nobody will miss: faster, and lost
// when the machine crashes. It is for tests.
func NewScratchCluster(folder *Folder, log *slog.Logger) *Cluster {
	return &Cluster{folder: folder, log: log, extra: []string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=1000"}}
}

// superuser is the cluster's superuser.
const superuser = "heddle"

// settings suit one machine that does other things too; safety is untouched.
var settings = []string{
	"listen_addresses=127.0.0.1",
	"unix_socket_directories=",
	"max_connections=200",
	"shared_buffers=128MB",
	"wal_level=minimal",
	"max_wal_senders=0",
	"max_wal_size=1GB",
	"jit=off",
	"max_parallel_workers_per_gather=0", // spares /dev/shm, which is small in containers
	"timezone=UTC",
	"log_timezone=UTC",
	"logging_collector=off",
	"log_min_messages=warning",
}

// URL is the place of the cluster's postgres database.
func (c *Cluster) URL() string { return c.Database("postgres") }

// Database is the place of one database of the cluster.
func (c *Cluster) Database(name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, c.folder.Password()),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), Path: "/" + name, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Start makes the cluster if there is none, ends what an earlier process may
// have left running, and returns when the server accepts connections.
func (c *Cluster) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.child != nil {
		return nil
	}
	home := c.folder.Path("postgres")
	who, err := ownerOf(home)
	if err != nil {
		return err
	}
	if err := who.makeFolder(home); err != nil {
		return unusable(home, err)
	}
	data := filepath.Join(home, "data")
	major, err := majorOf(data)
	if err != nil {
		return unusable(home, err)
	}
	bin, err := getBinaries(ctx, major, who, c.log)
	if err != nil {
		return err
	}
	if major == 0 {
		c.log.Info(fmt.Sprintf("Making a PostgreSQL %d cluster in %s.", bin.major, home))
		if err := c.initialise(ctx, bin, home, who); err != nil {
			return err
		}
	} else if err := endOrphans(ctx, data, c.log); err != nil {
		return err
	}
	c.bin, c.data, c.who = bin, data, who
	return c.launch(ctx)
}

// initialise makes the cluster beside its place and moves it there when it is
// whole, so that an interrupted start leaves nothing half made.
func (c *Cluster) initialise(ctx context.Context, bin binaries, home string, who owner) error {
	next := filepath.Join(home, "data.next")
	if err := os.RemoveAll(next); err != nil {
		return unusable(home, err)
	}
	if err := who.makeFolder(next); err != nil {
		return unusable(home, err)
	}
	ctype := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		ctype = "en_US.UTF-8"
	}
	secret, err := passwordPipe(c.folder.Password(), who)
	if err != nil {
		return err
	}
	defer secret.Close()
	cmd := exec.Command(bin.initdb(), "--username="+superuser, "--pwfile=/dev/fd/3", "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--lc-ctype="+ctype)
	cmd.ExtraFiles = []*os.File{secret}
	name, done, err := reach(cmd, next, who)
	if err != nil {
		return err
	}
	defer done()
	cmd.Args = append(cmd.Args, "--pgdata="+name)
	if len(c.extra) > 0 {
		cmd.Args = append(cmd.Args, "--no-sync")
	}
	if _, err := runChild(ctx, cmd, who); err != nil {
		return fmt.Errorf("make the PostgreSQL cluster: %w", err)
	}
	return os.Rename(next, filepath.Join(home, "data"))
}

// passwordPipe is a file to read the password from that no disk holds.
func passwordPipe(password string, who owner) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if who.drop {
		err = r.Chown(int(who.uid), int(who.gid))
	}
	_, errWrite := w.WriteString(password + "\n")
	return r, errors.Join(err, errWrite, w.Close())
}

// patience is how long a server may take to end by itself.
const patience = 30 * time.Second

// Stop ends the server: it disconnects everybody, writes what is to be
// written, and is gone when Stop returns.
func (c *Cluster) Stop(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.child == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ending := c.child
	c.child = nil
	ending.signal(syscall.SIGINT)
	select {
	case <-ending.done:
	case <-ctx.Done():
		ending.signal(syscall.SIGQUIT)
		<-ending.done
	}
	return nil
}
