package embedded

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// A child is a process that lives no longer than this one.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // why it ended; read after done
}

// startChild starts the command as the owner. It is in a process group of its own, so that a Ctrl-C in the terminal reaches this
// process alone, which then ends the child in its own time; when this process
// dies without doing so, the child gets the signal onDeath (on Linux).
func startChild(cmd *exec.Cmd, who owner, onDeath syscall.Signal) (*child, error) {
	cmd.Dir = "/"
	cmd.SysProcAttr = attributes(onDeath)
	if who.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: who.uid, Gid: who.gid, Groups: []uint32{who.gid}}
	}
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer close(c.done)
		lock()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return c, nil
}

// signal is sent unless the process has ended.
func (c *child) signal(s syscall.Signal) {
	select {
	case <-c.done:
	default:
		_ = c.cmd.Process.Signal(s)
	}
}

// runChild runs a command to its end and returns what it printed. The child
// is killed when ctx ends.
func runChild(ctx context.Context, cmd *exec.Cmd, who owner) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = environment(cmd.Env)
	c, err := startChild(cmd, who, syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.signal(syscall.SIGKILL) })
	defer stop()
	<-c.done
	if c.err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return out.Bytes(), fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), c.err, lastLine(out.Bytes()))
	}
	return out.Bytes(), nil
}

// environment is what a child sees: nothing of ours that could lead
// PostgreSQL elsewhere, and messages in English, which we read.
func environment(more []string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}, more...)
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
