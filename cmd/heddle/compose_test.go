package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"heddle/router/compose"
)

// composeWith runs heddle compose and gives what it wrote.
func composeWith(ctx context.Context, stderr io.Writer, args ...string) (string, error) {
	own := func() []compose.Subgraph {
		return []compose.Subgraph{{Name: "own", URL: "http://own", SDL: "type Query { own: Int }"}}
	}
	var stdout bytes.Buffer
	cmd := composeCommand(own)
	cmd.SetArgs(args)
	cmd.SetOut(&stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	return stdout.String(), err
}

func writeTestFile(t *testing.T, path, text string) {
	t.Helper()
	if err := replaceFile(path, text); err != nil {
		t.Fatal(err)
	}
}

func TestCompose_composes_our_own(t *testing.T) {
	t.Parallel()
	out, err := composeWith(t.Context(), io.Discard)
	if err != nil || !strings.Contains(out, "own: Int") {
		t.Errorf("it gives %v %s", err, out)
	}
}

func TestCompose_reports_as_JSON(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeTestFile(t, filepath.Join(folder, "a.graphql"), "type Query {\n  a: Nothing\n}\n")
	config := filepath.Join(folder, "supergraph.yaml")
	writeTestFile(t, config, "subgraphs:\n  a:\n    routing_url: http://a\n    schema:\n      file: a.graphql\n")
	out, err := composeWith(t.Context(), io.Discard, "--config", config, "--format", "json")
	if !errors.As(err, new(silent)) {
		t.Errorf("the exit status does not tell: %v", err)
	}
	var outcome struct{ Errors []compose.Error }
	if err := json.Unmarshal([]byte(out), &outcome); err != nil {
		t.Fatal(err)
	}
	want := compose.Location{Subgraph: "a", File: "a.graphql", Line: 2, Column: 6}
	if len(outcome.Errors) != 1 || outcome.Errors[0].Code != "INVALID_GRAPHQL" || outcome.Errors[0].Locations[0] != want {
		t.Errorf("it gives %s", out)
	}
}

func TestCompose_refuses_an_unknown_format(t *testing.T) {
	t.Parallel()
	if _, err := composeWith(t.Context(), io.Discard, "--format", "xml"); err == nil || err.Error() != `--format is text or json, not "xml"` {
		t.Errorf("it gives %v", err)
	}
}

func TestCompose_refuses_flags_that_mean_nothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string
		args []string
	}{
		{"heddle compose takes no arguments; did you mean --config supergraph.yaml?", []string{"supergraph.yaml"}},
		{"--poll is an interval such as 10s, not -1s", []string{"--poll", "-1s"}},
		{"--listen serves what --watch or --poll composes; add one of them", []string{"--listen", "127.0.0.1:0"}},
		{"--header is sent to running subgraphs; add --poll, or a --config with subgraph_url", []string{"--header", "X-Key: secret"}},
	} {
		if _, err := composeWith(t.Context(), io.Discard, c.args...); err == nil || err.Error() != c.want {
			t.Errorf("heddle compose %v gives %v", c.args, err)
		}
	}
}

func TestCompose_says_what_is_wrong_with_the_configuration(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeTestFile(t, filepath.Join(folder, "a.graphql"), "type Query { a: Int }")
	writeTestFile(t, filepath.Join(folder, "empty.graphql"), "")
	config := filepath.Join(folder, "supergraph.yaml")
	for text, want := range map[string]string{
		"subgraphs: {a: {schema: {file: a.graphql}}}":                              `subgraph "a" has no routing_url, so no router would find it`,
		"subgraphs: {a: {routing_url: http://a, schema: {fille: a.graphql}}}":      `subgraph "a" has neither schema.file, schema.sdl nor schema.subgraph_url`,
		"subgraphs: {a: {routing_url: http://a, schema: {file: nowhere.graphql}}}": "nowhere.graphql: no such file or directory",
		"subgraphs: {a: {routing_url: http://a, schema: {file: empty.graphql}}}":   "[a] The schema is empty.\n  at empty.graphql:1:1 (a)",
		"subgraphs: {}":   "lists no subgraphs",
		`{"subgraphs": {`: "supergraph.yaml: yaml: ",
	} {
		writeTestFile(t, config, text)
		if _, err := composeWith(t.Context(), io.Discard, "--config", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %v", text, err)
		}
	}
}

// lines hands every line that is written to whoever reads the channel.
type lines struct {
	rest string
	all  chan string
}

func (l *lines) Write(text []byte) (int, error) {
	l.rest += string(text)
	for {
		line, rest, whole := strings.Cut(l.rest, "\n")
		if !whole {
			return len(text), nil
		}
		l.rest = rest
		l.all <- line
	}
}

func (l *lines) await(t *testing.T, part string) {
	t.Helper()
	for line := range l.all {
		if strings.Contains(line, part) {
			return
		}
	}
}

func TestCompose_polls_and_keeps_the_last_good_supergraph(t *testing.T) {
	t.Parallel()
	var sdl atomic.Value
	sdl.Store("type Query { a: Int }")
	subgraph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "secret" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"_service": map[string]any{"sdl": sdl.Load()}}})
	}))
	defer subgraph.Close()
	folder := t.TempDir()
	config, out := filepath.Join(folder, "supergraph.yaml"), filepath.Join(folder, "supergraph.graphql")
	writeTestFile(t, config, "subgraphs:\n  a:\n    routing_url: "+subgraph.URL+"\n    schema:\n      subgraph_url: "+subgraph.URL+"\n")
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &lines{all: make(chan string, 100)}
	ended := make(chan error)
	go func() {
		_, err := composeWith(ctx, stderr, "--config", config, "--out", out, "--poll", "5ms", "--header", "X-Key: secret")
		ended <- err
	}()
	stderr.await(t, "composed")
	sdl.Store("type Query { a: Nothing }")
	stderr.await(t, "Unknown type Nothing")
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), "a: Int") {
		t.Errorf("the last good supergraph is gone: %v %s", err, text)
	}
	sdl.Store("type Query { a: Int b: Int }")
	stderr.await(t, "composed")
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), "b: Int") {
		t.Errorf("the mended supergraph is not written: %v %s", err, text)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

func TestCompose_watches_files(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	schema, config, out := filepath.Join(folder, "a.graphql"), filepath.Join(folder, "supergraph.yaml"), filepath.Join(folder, "supergraph.graphql")
	writeTestFile(t, schema, "type Query { a: Int }")
	writeTestFile(t, config, "subgraphs:\n  a:\n    routing_url: http://a\n    schema:\n      file: a.graphql\n")
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &lines{all: make(chan string, 100)}
	ended := make(chan error)
	go func() {
		_, err := composeWith(ctx, stderr, "--config", config, "--out", out, "--watch")
		ended <- err
	}()
	stderr.await(t, "composed")
	writeTestFile(t, schema, "type Query { a: Int b: Int }")
	stderr.await(t, "composed")
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), "b: Int") {
		t.Errorf("the change is not composed: %v %s", err, text)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}
