// Command withstores runs a command with a PostgreSQL server for tests, which
// is gone afterwards:
//
//	go run ./internal/embedded/withstores go test ./...
//
// The command finds the server's URL in HEDDLE_TEST_POSTGRES_URL; one that is
// set already is left as it is, and nothing is started.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"heddle/internal/embedded"
)

const variable = "HEDDLE_TEST_POSTGRES_URL"

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "withstores: %v\n", err)
	}
	os.Exit(status)
}

func run(command []string) (status int, err error) {
	if len(command) == 0 {
		return 2, errors.New("say which command to run with the stores")
	}
	if os.Getenv(variable) != "" {
		return execute(command)
	}
	scratch, err := embedded.StartScratch(context.Background(), slog.Default())
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, scratch.End()) }()
	if err := os.Setenv(variable, scratch.URL()); err != nil {
		return 1, err
	}
	return execute(command)
}

// execute runs the command with our input and output and returns its status.
// A Ctrl-C reaches the command by itself; we wait for it to end, so that the
// server is stopped after it.
func execute(command []string) (status int, err error) {
	signal.Ignore(os.Interrupt)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	defer signal.Stop(terminated)
	go func() {
		for s := range terminated {
			_ = cmd.Process.Signal(s)
		}
	}()
	err = cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}
