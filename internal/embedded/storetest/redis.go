package storetest

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis gives the URL of a redis-server for this test alone. With
// HEDDLE_TEST_REDIS_URL it is an empty database of that server instead, which
// then has to have many (redis-server --databases 10000).
func Redis(t testing.TB) string {
	t.Helper()
	if at := os.Getenv("HEDDLE_TEST_REDIS_URL"); at != "" {
		return redisDatabase(t, at)
	}
	return RedisServer(t).URL
}

// redisDatabase takes the next unused database of the server.
func redisDatabase(t testing.TB, at string) string {
	t.Helper()
	options, err := redis.ParseURL(at)
	if err != nil {
		t.Fatalf("storetest: read HEDDLE_TEST_REDIS_URL: %v", err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	next, err := client.Incr(t.Context(), "storetest:database").Result()
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatalf("storetest: read HEDDLE_TEST_REDIS_URL: %v", err)
	}
	u.Path = "/" + strconv.FormatInt(next, 10)
	return u.String()
}

// A RedisProcess is a redis-server that a test may end and start again.
type RedisProcess struct {
	URL  string
	t    testing.TB
	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// RedisServer starts a redis-server for this test alone.
func RedisServer(t testing.TB) *RedisProcess {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("storetest: there is no redis-server on this machine; scripts/needs gets one")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := &RedisProcess{
		URL: "redis://127.0.0.1:" + port + "/0", t: t,
		args: []string{program, "--bind", "127.0.0.1", "--port", port, "--dir", dir, "--save", "",
			"--appendonly", "no", "--logfile", filepath.Join(dir, "redis.log")},
	}
	r.Start()
	t.Cleanup(r.Stop)
	return r
}

// Start starts the server, empty, and returns when it answers.
func (r *RedisProcess) Start() {
	r.t.Helper()
	if r.cmd != nil {
		return
	}
	cmd := exec.Command(r.args[0], r.args[1:]...)
	dieWithParent(cmd)
	started := make(chan error)
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		runtime.LockOSThread() // the thread must live as long as the server, and does nothing else
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed in the end; how it ended says nothing
		}
	}()
	if err := <-started; err != nil {
		r.t.Fatalf("storetest: start redis-server: %v", err)
	}
	r.cmd = cmd
	if err := r.ready(); err != nil {
		r.t.Fatalf("storetest: %v", err)
	}
}

func (r *RedisProcess) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	options, err := redis.ParseURL(r.URL)
	if err != nil {
		return err
	}
	options.MaxRetries = 1000
	options.MinRetryBackoff, options.MaxRetryBackoff = time.Millisecond, 10*time.Millisecond
	client := redis.NewClient(options)
	err = client.Ping(ctx).Err()
	return errors.Join(err, client.Close())
}

// Stop kills the server and returns when it is gone.
func (r *RedisProcess) Stop() {
	r.t.Helper()
	if r.cmd == nil {
		return
	}
	if err := r.cmd.Process.Kill(); err != nil {
		r.t.Errorf("storetest: end redis-server: %v", err)
	}
	<-r.done
	r.cmd = nil
}
