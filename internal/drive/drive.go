// Package drive runs the built heddle and uses it from outside, as people do:
// its processes with their signals and logs, and its endpoint over HTTP,
// WebSocket and server-sent events. Tests and benches stand on it; it knows
// nothing of what is inside.
package drive

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Binary is the program that is driven.
type Binary struct {
	Path string // of the executable
	Root string // of the repository
}

// Build builds cmd/heddle into the folder.
func Build(ctx context.Context, folder string) (Binary, error) {
	root, err := repository()
	if err != nil {
		return Binary{}, err
	}
	b := Binary{Path: filepath.Join(folder, "heddle"), Root: root}
	build := exec.CommandContext(ctx, "go", "build", "-o", b.Path, "./cmd/heddle")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return b, fmt.Errorf("build heddle: %w\n%s", err, out)
	}
	return b, nil
}

// repository finds the folder of the go.mod that we are tested from.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errors.New("no go.mod in this folder or above it")
		}
		dir = above
	}
}

// Run runs a command of the program to its end and returns what it printed.
func (b Binary) Run(ctx context.Context, env []string, args ...string) (stdout, stderr string, status int, err error) {
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, b.Path, args...)
	cmd.Env = append(environment(), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) && ctx.Err() == nil {
		err = nil
	}
	if cmd.ProcessState != nil {
		status = cmd.ProcessState.ExitCode()
	}
	return out.String(), errs.String(), status, err
}

// environment is ours without what would lead heddle to somebody else's stores.
func environment() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "HEDDLE_") {
			env = append(env, variable)
		}
	}
	return env
}

// handedOut keeps FreeAddress from giving a port twice.
var handedOut struct {
	sync.Mutex
	ports map[int]bool
}

// FreeAddress is a loopback address that nobody listens on, another one at
// each call.
func FreeAddress() (string, error) {
	handedOut.Lock()
	defer handedOut.Unlock()
	if handedOut.ports == nil {
		handedOut.ports = map[int]bool{}
	}
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", fmt.Errorf("find a free port: %w", err)
		}
		address := l.Addr().(*net.TCPAddr)
		if err := l.Close(); err != nil {
			return "", err
		}
		if !handedOut.ports[address.Port] {
			handedOut.ports[address.Port] = true
			return address.String(), nil
		}
	}
}

// until tries again, less and less often, until it succeeds or ctx ends; then
// it returns the last error.
func until(ctx context.Context, try func(context.Context) error) error {
	pause := 5 * time.Millisecond
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", err, context.Cause(ctx))
		case <-time.After(pause):
		}
		pause = min(pause*3/2, 200*time.Millisecond)
	}
}
