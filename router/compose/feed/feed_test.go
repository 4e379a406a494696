package feed

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"heddle/router/compose"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is a running subgraph that tells its schema.
func service(t *testing.T, sdl *atomic.Value) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := sdl.Load().(string)
		if text == "" {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		var answer struct {
			Data struct {
				Service struct {
					SDL string `json:"sdl"`
				} `json:"_service"`
			} `json:"data"`
		}
		answer.Data.Service.SDL = text
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestFeed_keeps_the_last_good_supergraph(t *testing.T) {
	t.Parallel()
	var sdl atomic.Value
	sdl.Store("type Query { a: Int }")
	server := service(t, &sdl)
	services := &Services{Client: server.Client()}
	feed := New(Running(Fixed([]compose.Subgraph{{Name: "a", URL: server.URL}}), services))
	ctx, cancel := context.WithCancel(t.Context())
	tick, updates, done := make(chan struct{}), make(chan Update), make(chan struct{})
	go func() {
		feed.Run(ctx, tick, func(u Update) { updates <- u })
		close(done)
	}()

	if first := <-updates; !first.Fresh || !strings.Contains(first.Result.Supergraph, "a: Int") {
		t.Fatalf("the first look gives %+v", first)
	}
	sdl.Store("type Query { a: Nothing }")
	tick <- struct{}{}
	broken := <-updates
	var refused compose.Errors
	if !errors.As(broken.Err, &refused) || refused[0].Code != "INVALID_GRAPHQL" || !strings.Contains(broken.Result.Supergraph, "a: Int") {
		t.Fatalf("a schema that does not compose gives %+v", broken)
	}
	sdl.Store("")
	tick <- struct{}{}
	if down := <-updates; down.Err == nil || !strings.Contains(down.Err.Error(), `subgraph "a" answers 502`) {
		t.Fatalf("a subgraph that is down gives %+v", down)
	}
	if body, status := get(t, feed); status != http.StatusOK || !strings.Contains(body, "a: Int") {
		t.Errorf("the last good supergraph is not served: %d %s", status, body)
	}
	sdl.Store("type Query { a: Int b: Int }")
	tick <- struct{}{}
	if mended := <-updates; !mended.Fresh || !strings.Contains(mended.Result.Supergraph, "b: Int") {
		t.Fatalf("a mended schema gives %+v", mended)
	}
	tick <- struct{}{} // nothing changed: nothing is delivered
	tick <- struct{}{}
	cancel()
	<-done
	server.CloseClientConnections()
	services.Client.CloseIdleConnections()
}

func get(t *testing.T, feed *Feed) (string, int) {
	t.Helper()
	recorder := httptest.NewRecorder()
	feed.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	again := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("If-None-Match", recorder.Header().Get("ETag"))
	feed.ServeHTTP(again, request)
	if recorder.Code == http.StatusOK && again.Code != http.StatusNotModified {
		t.Errorf("who has the supergraph gets %d", again.Code)
	}
	return recorder.Body.String(), recorder.Code
}

func TestFeed_serves_nothing_before_the_first_supergraph(t *testing.T) {
	t.Parallel()
	feed := New(Fixed([]compose.Subgraph{{Name: "a", SDL: "type A { x: Int }"}}))
	if _, news := feed.Look(t.Context()); !news {
		t.Error("the first refusal is no news")
	}
	if _, news := feed.Look(t.Context()); news {
		t.Error("the same refusal is news again")
	}
	if _, status := get(t, feed); status != http.StatusServiceUnavailable {
		t.Errorf("it serves %d", status)
	}
}

func TestFiles_read_what_a_configuration_names(t *testing.T) {
	t.Parallel()
	var sdl atomic.Value
	sdl.Store("extend type Query { b: Int }")
	server := service(t, &sdl)
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.graphql", "type Query { a: Int }")
	write("supergraph.yaml", "federation_version: =2.9.0\nsubgraphs:\n  a:\n    routing_url: http://a\n    schema:\n      file: ./a.graphql\n  b:\n    schema:\n      subgraph_url: "+server.URL+"\n")
	services := &Services{Client: server.Client()}
	defer services.Client.CloseIdleConnections()
	subgraphs, err := Files(filepath.Join(folder, "supergraph.yaml"), services)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(subgraphs) != 2 || subgraphs[0].SDL != "type Query { a: Int }" || subgraphs[1].URL != server.URL || !strings.Contains(subgraphs[1].SDL, "b: Int") {
		t.Errorf("it gives %+v", subgraphs)
	}
	write("supergraph.yaml", "subgraphs:\n  a:\n    schema: {}\n")
	if _, err := Files(filepath.Join(folder, "supergraph.yaml"), services)(t.Context()); err == nil || !strings.Contains(err.Error(), `subgraph "a" has neither`) {
		t.Errorf("a subgraph without a schema gives %v", err)
	}
}
