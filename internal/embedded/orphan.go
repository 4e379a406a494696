package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endOrphans ends the PostgreSQL processes that an earlier, killed process has
// left behind in the folder, and takes away a pid file that means nobody any
// more. We hold the folder's lock, so whatever runs there is nobody's.
func endOrphans(ctx context.Context, data string, log *slog.Logger) error {
	if _, err := os.Stat(filepath.Join(data, "postmaster.pid")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	left, err := processesIn(data)
	if err != nil {
		return fmt.Errorf("look for what an earlier run left behind: %w", err)
	}
	if len(left) > 0 {
		log.Info("An earlier heddle has left its PostgreSQL running: ending it.")
		if err := endAll(ctx, data, left); err != nil {
			return err
		}
	}
	// The server that wrote the file is gone, but its number may be somebody
	// else's by now, and PostgreSQL would take that one for a living server.
	lines, err := pidFile(data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if pid, err := strconv.Atoi(lines[0]); err != nil || alive(pid) {
		return os.Remove(filepath.Join(data, "postmaster.pid"))
	}
	return nil
}

// orphanPatience is how long an orphan may take to end after each signal.
const orphanPatience = 10 * time.Second

// endAll ends the processes as gently as they let it be done: SIGINT is
// PostgreSQL's fast shutdown, SIGQUIT its immediate one, from which it recovers
// as from a crash.
func endAll(ctx context.Context, data string, left []int) (err error) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if err = end(ctx, data, left, s); err == nil {
			return nil
		}
	}
	return err
}

// end signals the processes and waits until none is left in the folder.
func end(ctx context.Context, data string, left []int, s syscall.Signal) error {
	ctx, cancel := context.WithTimeout(ctx, orphanPatience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, pid := range left {
		_ = syscall.Kill(pid, s) // one that is gone already needs no signal
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	for len(left) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d of an earlier run does not end", left[0])
		case <-tick.C:
		}
		var err error
		if left, err = processesIn(data); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// pidFile reads the lines of a server's pid file.
func pidFile(data string) ([]string, error) {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	return strings.Split(string(content), "\n"), nil
}
