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
		if err := end(ctx, left, syscall.SIGINT, 10*time.Second); err != nil {
			if err := end(ctx, left, syscall.SIGQUIT, 10*time.Second); err != nil {
				return err
			}
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

// end signals the processes and waits until all are gone.
func end(ctx context.Context, pids []int, s syscall.Signal, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, pid := range pids {
		_ = syscall.Kill(pid, s)
	}
	for _, pid := range pids {
		for alive(pid) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("process %d of an earlier run does not end", pid)
			case <-tick.C:
			}
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
