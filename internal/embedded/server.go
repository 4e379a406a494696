package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// launch starts the server, once more on another port when somebody was faster
// to take the one that was free.
func (c *Cluster) launch(ctx context.Context) error {
	for range 3 {
		port, err := c.folder.Port("postgres")
		if err != nil {
			return err
		}
		started, err := c.serve(ctx, port)
		if err == nil {
			c.child, c.port = started, port
			go c.watch(started)
			return nil
		}
		if !errors.Is(err, errPortTaken) {
			return err
		}
		c.folder.forgetPort("postgres")
	}
	return errPortTaken
}

var errPortTaken = errors.New("the port of PostgreSQL is taken")

func (c *Cluster) serve(ctx context.Context, port int) (*child, error) {
	logs, err := os.OpenFile(c.folder.Path("postgres.log"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unusable(c.folder.path, err)
	}
	defer logs.Close()
	cmd := exec.Command(c.bin.postgres(), "-p", strconv.Itoa(port))
	name, done, err := reach(cmd, c.data, c.who)
	if err != nil {
		return nil, err
	}
	defer done()
	cmd.Args = append(cmd.Args, "-D", name)
	for _, setting := range append(settings[:len(settings):len(settings)], c.extra...) {
		cmd.Args = append(cmd.Args, "-c", setting)
	}
	cmd.Env = environment(nil)
	cmd.Stdout, cmd.Stderr = logs, logs
	started, err := startChild(cmd, c.who, syscall.SIGINT)
	if err != nil {
		return nil, err
	}
	if err := c.ready(ctx, started); err != nil {
		started.signal(syscall.SIGQUIT)
		<-started.done
		return nil, err
	}
	return started, nil
}

// ready waits until the server has written into its pid file that it accepts
// connections, as pg_ctl does.
func (c *Cluster) ready(ctx context.Context, started *child) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w", ctx.Err())
		case <-started.done:
			return c.explain(started.err)
		case <-tick.C:
		}
		lines, err := pidFile(c.data)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if len(lines) >= 8 && lines[0] == strconv.Itoa(started.cmd.Process.Pid) && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
	}
}

// explain turns an early end into what the server said about it.
func (c *Cluster) explain(ended error) error {
	said, err := os.ReadFile(c.folder.Path("postgres.log"))
	if err != nil {
		return errors.Join(ended, err)
	}
	if strings.Contains(string(said), "could not bind") {
		return errPortTaken
	}
	for line := range strings.Lines(string(said)) {
		if _, reason, ok := strings.Cut(line, "FATAL:"); ok {
			return fmt.Errorf("PostgreSQL did not start: %s (%s)", strings.TrimSpace(reason), c.folder.Path("postgres.log"))
		}
	}
	return fmt.Errorf("PostgreSQL did not start: %w: %s", ended, lastLine(said))
}

// watch starts the server again when it ends without having been asked to.
func (c *Cluster) watch(running *child) {
	<-running.done
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.child != running {
		return // it was asked to
	}
	c.child = nil
	c.log.Warn("PostgreSQL has ended by itself: starting it again.", "how", running.err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := endOrphans(ctx, c.data, c.log) // its backends may be there still
	if err == nil {
		c.child, err = c.serve(ctx, c.port)
	}
	if err != nil {
		c.log.Error("PostgreSQL could not be started again: end heddle and start it anew.", "error", err)
		return
	}
	go c.watch(c.child)
}
