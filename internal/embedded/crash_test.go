package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"heddle/internal/embedded"
)

// writer is the variable that makes the test binary a process which runs the
// stores of that folder and writes into them until it is killed.
const writer = "HEDDLE_TEST_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writer); dir != "" {
		if err := write(context.Background(), dir); err != nil {
			slog.Error("write", "error", err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

// write inserts numbers and prints each that PostgreSQL has acknowledged.
func write(ctx context.Context, dir string) error {
	stores, err := embedded.Open(embedded.Config{Dir: dir, Log: slog.Default()})
	if err != nil {
		return err
	}
	if err := stores.Start(ctx); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, stores.URLs().Postgres)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "create table if not exists numbers (n int)"); err != nil {
		return err
	}
	for n := 1; ; n++ {
		if _, err := conn.Exec(ctx, "insert into numbers values ($1)", n); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// killed runs a writer until it has printed so many numbers, lets the test do
// something to its server, kills it, and returns the last number printed.
func killed(t *testing.T, dir string, numbers int, before func(postmaster int)) (last int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writer+"="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if last == numbers {
			before(postmaster(t, dir))
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if last < numbers {
		t.Fatalf("the writer ended after %d numbers", last)
	}
	return last
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestStores_killed_while_writing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before func(postmaster int)
	}{
		{"server ends by itself", func(int) {}},
		{"server is stuck", func(pid int) { _ = syscall.Kill(pid, syscall.SIGSTOP) }},
		{"server is killed too", func(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			last := killed(t, dir, 100, c.before)
			stores := open(t, dir)
			db := postgres(t, stores.URLs().Postgres)
			var count, highest int
			err := db.QueryRow(t.Context(), "select count(*), max(n) from numbers").Scan(&count, &highest)
			if err = errors.Join(err, db.Close(t.Context())); err != nil {
				t.Fatal(err)
			}
			if highest < last || count != highest {
				t.Errorf("%d numbers up to %d are there, but %d were acknowledged", count, highest, last)
			}
			server := postmaster(t, dir)
			stop(t, stores)
			if err := syscall.Kill(server, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("PostgreSQL, process %d, is there after Stop (%v)", server, err)
			}
		})
	}
}

func TestCluster_server_dies(t *testing.T) {
	t.Parallel()
	folder, err := embedded.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	restarted := make(chan struct{}, 1)
	cluster := embedded.NewScratchCluster(folder, slog.New(notice{t, "PostgreSQL has ended by itself: starting it again.", restarted}))
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cluster.Stop(context.Background()), folder.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Kill(postmaster(t, folder.Path()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-restarted
	if err := cluster.Start(t.Context()); err != nil { // waits until it runs again
		t.Fatal(err)
	}
	db := postgres(t, cluster.URL())
	if err := errors.Join(db.Ping(t.Context()), db.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

// notice tells when a message is logged.
type notice struct {
	t       *testing.T
	message string
	seen    chan struct{}
}

func (notice) Enabled(context.Context, slog.Level) bool { return true }
func (n notice) WithAttrs([]slog.Attr) slog.Handler     { return n }
func (n notice) WithGroup(string) slog.Handler          { return n }

func (n notice) Handle(_ context.Context, r slog.Record) error {
	if r.Message == n.message {
		n.seen <- struct{}{}
	}
	return nil
}

// Root hands PostgreSQL to another user, who cannot walk to a folder under
// /root or the like.
func TestCluster_below_a_closed_folder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs PostgreSQL as another user; this test does not run as root")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := embedded.OpenFolder(filepath.Join(closed, "data"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := embedded.NewScratchCluster(folder, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		if err := errors.Join(cluster.Stop(context.Background()), folder.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	db := postgres(t, cluster.URL())
	var version string
	err = db.QueryRow(t.Context(), "select pg_read_file('PG_VERSION')").Scan(&version)
	if err := errors.Join(err, db.Close(t.Context())); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(folder.Path(), "postgres", "data"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; uid == 0 {
		t.Error("the cluster belongs to root")
	}
}
