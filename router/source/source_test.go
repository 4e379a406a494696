package source_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"heddle/router/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// watched is a source that is being watched.
type watched struct {
	t    *testing.T
	news chan string
}

// watch reads a source and then watches it for as long as the test runs.
func watch(t *testing.T, where string, opts source.Options) watched {
	t.Helper()
	s, err := source.Of(where, opts)
	if err != nil {
		t.Fatal(err)
	}
	if sdl, err := s.Read(t.Context()); err != nil || sdl != "first" {
		t.Fatalf("read %q, %v", sdl, err)
	}
	w := watched{t, make(chan string, 16)}
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { s.Watch(ctx, func(sdl string) { w.news <- sdl }) })
	t.Cleanup(func() { cancel(); done.Wait() })
	return w
}

func (w watched) expect(want string) {
	w.t.Helper()
	select {
	case got := <-w.news:
		if got != want {
			w.t.Fatalf("the supergraph is %q, want %q", got, want)
		}
	case <-time.After(patience):
		w.t.Fatalf("nothing was heard of %q", want)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// deaf is an interval at which nothing is looked at within a test: what is seen
// was heard of.
const deaf = time.Hour

func TestFile_written_in_place(t *testing.T) {
	t.Parallel()
	name := write(t, filepath.Join(t.TempDir(), "supergraph.graphql"), "first")
	w := watch(t, name, source.Options{Every: deaf})
	write(t, name, "second")
	w.expect("second")
	write(t, name, "second") // is no news
	write(t, name, "third")
	w.expect("third")
}

// Editors write another file and give it the name, or move the old one away first.
func TestFile_renamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	name := write(t, filepath.Join(folder, "supergraph.graphql"), "first")
	w := watch(t, name, source.Options{Every: deaf})
	for i := range 3 {
		text := fmt.Sprint("version ", i)
		rename(t, write(t, filepath.Join(folder, ".new"), text), name)
		w.expect(text)
	}
	rename(t, name, name+"~")
	write(t, name, "after a backup")
	w.expect("after a backup")
}

// Kubernetes shows a ConfigMap as links: the file into ..data, ..data into a
// folder of the version; a new version is a new folder and a renamed link.
func TestFile_config_map(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	version := func(n int, text string) {
		dir := fmt.Sprintf("..version_%d", n)
		if err := os.Mkdir(filepath.Join(folder, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, dir, "supergraph.graphql"), text)
		link(t, dir, filepath.Join(folder, "..data_tmp"))
		rename(t, filepath.Join(folder, "..data_tmp"), filepath.Join(folder, "..data"))
		if n > 0 {
			if err := os.RemoveAll(filepath.Join(folder, fmt.Sprintf("..version_%d", n-1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	version(0, "first")
	name := filepath.Join(folder, "supergraph.graphql")
	link(t, filepath.Join("..data", "supergraph.graphql"), name)
	w := watch(t, name, source.Options{Every: deaf})
	for n := 1; n < 4; n++ {
		text := fmt.Sprint("version ", n)
		version(n, text)
		w.expect(text)
	}
}

// Where nothing is told of changes, the file is looked at now and then.
func TestFile_looked_at(t *testing.T) {
	t.Parallel()
	shown, elsewhere := t.TempDir(), t.TempDir()
	write(t, filepath.Join(elsewhere, "a"), "first")
	link(t, elsewhere, filepath.Join(shown, "link"))
	name := filepath.Join(shown, "link", "a")
	w := watch(t, name, source.Options{Every: 20 * time.Millisecond})
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	write(t, name, "second")
	w.expect("second")
}

// registry is an address with a supergraph.
type registry struct {
	mu     sync.Mutex
	status int
	text   string
	asked  chan string // what If-None-Match said, or the status that it was answered with
	header http.Header // of the last request
}

func (r *registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	status, text := r.status, r.text
	r.header = request.Header
	r.mu.Unlock()
	tag := fmt.Sprintf("%q", text)
	said := fmt.Sprint(status)
	switch {
	case status != http.StatusOK:
		http.Error(w, "not now", status)
	case request.Header.Get("If-None-Match") == tag:
		said = "unchanged"
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", tag)
		_, _ = w.Write([]byte(text)) // who asked may be gone
	}
	select {
	case r.asked <- said:
	default:
	}
}

func (r *registry) set(status int, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.text = status, text
}

func serve(t *testing.T, status int, text string) (*registry, string) {
	t.Helper()
	r := &registry{status: status, text: text, asked: make(chan string, 1)}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL + "/supergraph"
}

// until waits until the registry has answered so.
func (r *registry) until(said string) {
	for got := range r.asked {
		if got == said {
			return
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	r, url := serve(t, http.StatusOK, "first")
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	w := watch(t, url, source.Options{Every: 5 * time.Millisecond, Client: client, Header: http.Header{"X-Key": {"secret"}}})
	r.until("unchanged")
	r.set(http.StatusOK, "second")
	w.expect("second")
	r.set(http.StatusBadGateway, "")
	r.until("502")
	r.until("502")
	r.set(http.StatusOK, "second") // back, with nothing new
	r.until("unchanged")
	r.set(http.StatusOK, "third")
	w.expect("third")
	r.set(http.StatusOK, strings.Repeat("x", source.MaxSize+1))
	r.until("200")
	r.set(http.StatusOK, "fourth")
	w.expect("fourth") // and nothing of what was too large
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.header.Get("X-Key") != "secret" {
		t.Errorf("the registry was asked with %v", r.header)
	}
}

// A router that starts waits for an address that has no supergraph yet.
func TestAddress_starts_late(t *testing.T) {
	t.Parallel()
	r, url := serve(t, http.StatusServiceUnavailable, "")
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	s, err := source.Of(url, source.Options{Every: 4 * time.Millisecond, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		r.until("503")
		r.until("503")
		r.set(http.StatusOK, "first")
	}()
	if sdl, err := s.Read(t.Context()); err != nil || sdl != "first" {
		t.Errorf("read %q, %v", sdl, err)
	}
}

// Each failure has its reason.
func TestSource_fails(t *testing.T) {
	t.Parallel()
	_, url := serve(t, http.StatusNotFound, "")
	large := write(t, filepath.Join(t.TempDir(), "large"), strings.Repeat("x", source.MaxSize+1))
	for name, c := range map[string]struct{ where, want string }{
		"nothing named": {"", "no supergraph is named: give a file or an http(s) address"},
		"other scheme":  {"ftp://a/b", `the supergraph's address "ftp://a/b" is neither a file nor http(s)`},
		"no host":       {"http://", `the supergraph's address "http://" is not a URL`},
		"no file":       {"/nowhere", "read supergraph: open /nowhere: no such file or directory"},
		"too large":     {large, fmt.Sprintf("read supergraph: %s is larger than %d bytes", large, source.MaxSize)},
		"not found":     {url, "read supergraph: " + url + " answers 404 Not Found: not now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			s, err := source.Of(c.where, source.Options{Client: client})
			if err == nil {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err = s.Read(ctx)
			}
			if err == nil {
				t.Fatal("it was read")
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
