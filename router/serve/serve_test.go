package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"heddle/internal/fault"
	"heddle/internal/trace"
	"heddle/router/operation"
	"heddle/router/subscribe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is a log that can be read.
type journal struct {
	mu    sync.Mutex
	bytes bytes.Buffer
	lines chan struct{} // one for each line
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() { j.lines <- struct{}{} }()
	return j.bytes.Write(p)
}

func (j *journal) logger() *slog.Logger { return slog.New(trace.Handler(slog.NewJSONHandler(j, nil))) }

// entries are the lines so far, without what differs from run to run.
func (j *journal) entries(t *testing.T) []map[string]any {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var entries []map[string]any
	for line := range strings.Lines(j.bytes.String()) {
		entry := map[string]any{}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"time", "ms", "stack"} {
			delete(entry, name)
		}
		entries = append(entries, entry)
	}
	return entries
}

// serving starts a server with the walk.
func serving(t *testing.T, walk Walk, opts Options) string {
	t.Helper()
	endpoint := New(walk, opts)
	server := httptest.NewServer(endpoint)
	t.Cleanup(func() {
		if err := endpoint.Drain(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return server.URL + "/graphql"
}

// post sends a query and returns the answer's status and body.
func post(t *testing.T, url, accept, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Content-Type", mediaJSON)
	request.Header.Set("Accept", accept)
	request.Header.Set("X-Request-Id", "id-1")
	request.Header.Set("Authorization", "Bearer secret-token")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// overSocket runs one operation over WebSocket and returns the next message.
func overSocket(t *testing.T, url, query string) string {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{modern.name}}
	conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http"), http.Header{"X-Request-Id": {"id-2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, message := range []string{`{"type":"connection_init"}`, `{"type":"subscribe","id":"a","payload":{"query":"` + query + `"}}`} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	var last []byte
	for range 2 {
		if _, last, err = conn.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}
	return string(last)
}

const internal = `[{"message":"Internal error.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]`

// A panic or an error of the router's own says nothing of itself, and the
// server stays up.
func TestServer_internal_errors(t *testing.T) {
	t.Parallel()
	for name, walk := range map[string]Walk{
		"panic": func(context.Context, Call) (Answer, error) { panic("secret") },
		"error": func(context.Context, Call) (Answer, error) { return Answer{}, errors.New("secret") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &journal{lines: make(chan struct{}, 100)}
			url := serving(t, walk, Options{Log: log.logger()})
			for _, accept := range []string{mediaJSON, mediaGraphQL, mediaStream} {
				status, body := post(t, url, accept, `{"query":"{ a }"}`)
				if status != 500 || body != `{"errors":`+internal+`}` {
					t.Errorf("%s: %d %s", accept, status, body)
				}
			}
			if got, want := overSocket(t, url, "{ a }"), `{"id":"a","type":"error","payload":`+internal+`}`; got != want {
				t.Errorf("WebSocket: %s, want %s", got, want)
			}
		})
	}
}

// What each kind of error becomes.
func TestServer_errors(t *testing.T) {
	t.Parallel()
	list := operation.Fail(operation.ValidationFailed, "No.", operation.Location{Line: 1, Column: 2})
	for _, c := range []struct {
		name               string
		err                error
		asJSON, asResponse int
		errors             string
	}{
		{"document", list, 200, 400, `[{"message":"No.","locations":[{"line":1,"column":2}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]`},
		{"too complex", operation.Fail(operation.TooComplex, "No."), 413, 413, `[{"message":"No.","extensions":{"code":"OPERATION_TOO_COMPLEX"}}]`},
		{"too large", operation.Fail(operation.TooLarge, "No."), 413, 413, `[{"message":"No.","extensions":{"code":"OPERATION_TOO_LARGE"}}]`},
		{"forbidden", fault.New(fault.Forbidden, "No."), 403, 403, `[{"message":"No.","extensions":{"code":"FORBIDDEN"}}]`},
		{"too often", fault.New(fault.RateLimited, "No.").With("retryAfter", 3), 429, 429, `[{"message":"No.","extensions":{"code":"RATE_LIMITED","retryAfter":3}}]`},
		{"unavailable", fault.New(fault.Unavailable, "No."), 503, 503, `[{"message":"No.","extensions":{"code":"UNAVAILABLE"}}]`},
		{"with a cause", fault.Wrap(fault.Unavailable, errors.New("secret"), "No."), 503, 503, `[{"message":"No.","extensions":{"code":"UNAVAILABLE"}}]`},
		{"field", fault.Field("a.b", "No."), 400, 400, `[{"message":"No.","extensions":{"code":"BAD_USER_INPUT","field":"a.b"}}]`},
		{"too long", context.DeadlineExceeded, 504, 504, `[{"message":"The operation took too long and was given up.","extensions":{"code":"TIMEOUT"}}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := serving(t, func(context.Context, Call) (Answer, error) { return Answer{}, c.err }, Options{})
			for media, want := range map[string]int{mediaJSON: c.asJSON, mediaGraphQL: c.asResponse} {
				status, body := post(t, url, media, `{"query":"{ a }"}`)
				if status != want || body != `{"errors":`+c.errors+`}` {
					t.Errorf("%s: %d %s, want %d %s", media, status, body, want, c.errors)
				}
			}
			if got, want := overSocket(t, url, "{ a }"), `{"id":"a","type":"error","payload":`+c.errors+`}`; got != want {
				t.Errorf("WebSocket: %s, want %s", got, want)
			}
		})
	}
}

// The access log names operations, and never holds a token or a variable.
func TestServer_log(t *testing.T) {
	t.Parallel()
	log := &journal{lines: make(chan struct{}, 100)}
	url := serving(t, func(_ context.Context, call Call) (Answer, error) {
		if call.Request.Query == "{ b }" {
			return Answer{Kind: operation.Query}, fault.New(fault.NotFound, "No.")
		}
		return Answer{Kind: operation.Mutation, Name: "Save", Body: []byte(`{"data":null,"errors":[{"message":"a"},{"message":"b"}]}`)}, nil
	}, Options{Log: log.logger()})
	post(t, url, mediaJSON, `{"query":"mutation Save($p: String!) { a(p: $p) }","variables":{"p":"secret-password"}}`)
	post(t, url, mediaStream, `{"query":"{ b }"}`)
	overSocket(t, url, "{ a }")
	for range 4 {
		<-log.lines
	}
	want := []map[string]any{
		{"level": "INFO", "msg": "operation", "request": "id-1", "transport": "http", "kind": "mutation", "name": "Save", "errors": 2.0, "status": 200.0},
		{"level": "INFO", "msg": "operation", "request": "id-1", "transport": "sse", "kind": "query", "name": "", "errors": 1.0, "status": 404.0},
		{"level": "INFO", "msg": "operation", "request": "id-2:a", "transport": "websocket", "kind": "mutation", "name": "Save", "errors": 2.0},
		{"level": "INFO", "msg": "operation", "request": "id-2", "transport": "websocket", "kind": "connection", "name": "", "errors": 0.0},
	}
	anyOrder := cmpopts.SortSlices(func(a, b map[string]any) bool { return fmt.Sprint(a) < fmt.Sprint(b) }) // an operation and its connection end together
	if diff := cmp.Diff(want, log.entries(t), anyOrder); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if strings.Contains(log.bytes.String(), "secret") {
		t.Errorf("the log holds a secret:\n%s", log.bytes.String())
	}
}

func TestNext_splits_lines(t *testing.T) {
	t.Parallel()
	if got, want := string(events{}.next(nil, subscribe.Message{Body: []byte("{\r\n\"a\":\n1}")}, false)), "event: next\ndata: {\ndata: \"a\":\ndata: 1}\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClipReason(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"short": 5, strings.Repeat("a", 200): 123, strings.Repeat("é", 100): 122} {
		if got := clipReason(text); len(got) != want || !strings.HasPrefix(text, got) {
			t.Errorf("clipReason(%q) has %d bytes, want %d", text, len(got), want)
		}
	}
}
