package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"heddle/internal/drive"
	"heddle/internal/embedded"
)

// TestMain ends what the tests have shared, and fails when one of the shared
// processes does not end as it should or leaves something behind.
func TestMain(m *testing.M) {
	if err := os.Setenv("TMPDIR", embedded.ScratchPlace()); err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	code := m.Run()
	if err := shared.end(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	drive.CloseIdle()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintf(os.Stderr, "the tests have left goroutines behind: %v\n", err)
			code = 1
		}
	}
	os.Exit(code)
}

// shared is what outlives a single test.
var shared = &lasting{}

// lasting stands in for a testing.TB whose test is the whole run.
type lasting struct {
	testing.TB
	mu       sync.Mutex
	cleanups []func()
	errs     []error
	folder   string
}

func (l *lasting) Helper() {}

func (l *lasting) Cleanup(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cleanups = append(l.cleanups, f)
}

func (l *lasting) Error(args ...any) { l.fail(errors.New(fmt.Sprint(args...))) }

func (l *lasting) Errorf(format string, args ...any) { l.fail(fmt.Errorf(format, args...)) }

func (l *lasting) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func (l *lasting) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (l *lasting) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

// TempDir is a folder that is gone after the run.
func (l *lasting) TempDir() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.folder == "" {
		folder, err := os.MkdirTemp("", "heddle-e2e-")
		if err != nil {
			panic(err)
		}
		if err := os.Chmod(folder, 0o755); err != nil { // some processes run as another user
			panic(err)
		}
		l.folder = folder
	}
	folder, err := os.MkdirTemp(l.folder, "")
	if err == nil {
		err = os.Chmod(folder, 0o755)
	}
	if err != nil {
		panic(err)
	}
	return folder
}

func (l *lasting) end() error {
	for _, cleanup := range slices.Backward(l.cleanups) {
		cleanup()
	}
	if l.folder != "" {
		l.errs = append(l.errs, os.RemoveAll(l.folder))
	}
	return errors.Join(l.errs...)
}

// binary is the program under test, built once.
var binary = sync.OnceValue(func() drive.Binary {
	b, err := drive.Build(context.Background(), shared.TempDir())
	if err != nil {
		shared.Fatal(err)
	}
	return b
})

// patience is how long a test waits for something that should come at once.
const patience = 30 * time.Second

// soon is a context for such a wait.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
