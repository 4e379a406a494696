package subgraph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"heddle/internal/caller/callertest"
	"heddle/internal/fault"
	"heddle/internal/subgraph"
	"heddle/internal/trace"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store fails in the way a test wants; what it does not have panics.
type store struct {
	rooms.Store
	err error
}

func (s store) Rooms(context.Context, string, []string) ([]*rooms.Room, error) { return nil, s.err }

// world is a domain whose store fails, and its log.
type world struct {
	issuer *callertest.Issuer
	url    string
	log    *bytes.Buffer
}

func newWorld(t *testing.T, failure error) *world {
	t.Helper()
	w := &world{issuer: callertest.New(t), log: &bytes.Buffer{}}
	env := subgraph.Env{
		Callers: w.issuer.Verifier(nil),
		Log:     slog.New(trace.Handler(slog.NewTextHandler(w.log, nil))),
	}
	server := httptest.NewServer(subgraph.Handler(roomsgraph.Bind(&rooms.Resolvers{Store: store{err: failure}}), env))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// reply is what a client sees.
type reply struct {
	status int
	id     string // of the request
	body   string
}

func (w *world) post(t *testing.T, authorization, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(trace.Header, "r1")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header.Get(trace.Header), strings.TrimSpace(string(text))}
}

const oneRoom = `{"query":"{ room(id: \"0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d\") { title } }"}`

func TestHandler_errors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		failure error
		body    string
		want    string // the answer's error
		logged  string
	}{
		{"a fault", fault.New(fault.Conflict, "Closed.").With("until", "noon"), oneRoom,
			`{"message":"Closed.","path":["room"],"locations":[{"line":1,"column":3}],"extensions":{"code":"CONFLICT","until":"noon"}}`, ""},
		{"a field at fault", fault.Field("title", "Too long."), oneRoom,
			`{"message":"Too long.","path":["room"],"locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT","field":"title"}}`, ""},
		{"something does not answer", fault.Wrap(fault.Unavailable, errors.New("dial tcp"), "Try again."), oneRoom,
			`{"message":"Try again.","path":["room"],"locations":[{"line":1,"column":3}],"extensions":{"code":"UNAVAILABLE"}}`, "dial tcp"},
		{"anything else", errors.New("relation rooms does not exist"), oneRoom,
			`{"message":"Internal error.","path":["room"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}`, "relation rooms does not exist"},
		{"a panic", nil, `{"query":"{ rooms { totalCount } }"}`,
			`{"message":"Internal error.","path":["rooms"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}`, "nil pointer"},
		{"an unknown field", nil, `{"query":"{ room(id: \"1\") { colour } }"}`,
			`{"message":"Cannot query field \"colour\" on type \"Room\".","locations":[{"line":1,"column":19}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}`, ""},
		{"a malformed document", nil, `{"query":"{ room("}`,
			`{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":8}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}`, ""},
		{"a bad id", nil, `{"query":"query($id: ID!) { room(id: $id) { title } }","variables":{"id":"1"}}`,
			`{"message":"\"1\" is not an id.","path":["room","id"],"extensions":{"code":"BAD_USER_INPUT"}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.failure)
			got := w.post(t, "Bearer "+w.issuer.Token(uuid.NewString(), nil), c.body)
			var answer struct{ Errors []json.RawMessage }
			if err := json.Unmarshal([]byte(got.body), &answer); err != nil || len(answer.Errors) != 1 {
				t.Fatalf("answer %s (%v), want one error", got.body, err)
			}
			if diff := cmp.Diff(c.want, string(answer.Errors[0])); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if log := w.log.String(); (c.logged == "") != (log == "") || !strings.Contains(log, c.logged) || (log != "" && !strings.Contains(log, "request=r1")) {
				t.Errorf("log %q, want %q of request r1", log, c.logged)
			}
		})
	}
}

func TestHandler_tokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, authorization string
		silent              bool
		want                reply
	}{
		{"anonymous", "", false, reply{200, "r1", `{"errors":[{"message":"Sign in first: this needs an access token.","path":["room"],"locations":[{"line":1,"column":3}],"extensions":{"code":"UNAUTHENTICATED"}}],"data":{"room":null}}`}},
		{"a bad token", "Bearer x", false, reply{401, "r1", `{"errors":[{"message":"The access token is not a valid one.","extensions":{"code":"UNAUTHENTICATED"}}]}`}},
		{"another scheme", "Basic YTpi", false, reply{401, "r1", `{"errors":[{"message":"The Authorization header must be \"Bearer\" and an access token.","extensions":{"code":"UNAUTHENTICATED"}}]}`}},
		{"the issuer does not answer", "token", true, reply{503, "r1", `{"errors":[{"message":"The access token cannot be checked now: its issuer does not answer.","extensions":{"code":"UNAVAILABLE"}}]}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.issuer.Silence(c.silent)
			if c.authorization == "token" {
				c.authorization = "Bearer " + w.issuer.Token("ada", nil)
			}
			if diff := cmp.Diff(c.want, w.post(t, c.authorization, oneRoom), cmp.AllowUnexported(reply{})); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHandler_bad_bodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, body := range []string{"", "x", "[]", `{"query":5}`, `{"query":"` + strings.Repeat(" ", 17<<20) + `"}`} {
		got := w.post(t, "", body)
		if got.status < 400 || got.status > 499 || !strings.HasPrefix(got.body, `{"errors":[{"message":`) {
			t.Errorf("reply to %.20q: %d %.200q, want an error of the client", body, got.status, got.body)
		}
	}
	if got := w.post(t, "", `{"query":"{ __typename }"}`); got.body != `{"data":{"__typename":"Query"}}` {
		t.Errorf("afterwards %+v, want an answer", got)
	}
}

// The token of a WebSocket comes with the connection's first message.
func TestHandler_WebSocket_token(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fault.New(fault.Conflict, "Known."))
	for _, c := range []struct{ name, authorization, want string }{
		{"in connection_init", "Bearer " + w.issuer.Token(uuid.NewString(), nil), "Known."},
		{"none", "", "Sign in first"},
		{"a bad one", "Bearer x", "connection_error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
			conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(w.url, "http"), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			defer response.Body.Close()
			payload := map[string]string{"Authorization": c.authorization}
			if c.authorization == "" {
				payload = nil
			}
			for _, message := range []any{
				map[string]any{"type": "connection_init", "payload": payload},
				map[string]any{"type": "subscribe", "id": "1", "payload": json.RawMessage(oneRoom)},
			} {
				if err := conn.WriteJSON(message); err != nil {
					t.Fatal(err)
				}
			}
			var heard strings.Builder
			for !strings.Contains(heard.String(), c.want) {
				_, text, err := conn.ReadMessage()
				if err != nil {
					if c.want == "connection_error" && websocket.IsCloseError(err, 4403, 4401, 4400, 1000, 1002) {
						return
					}
					t.Fatalf("after %q: %v, want %q", heard.String(), err, c.want)
				}
				heard.Write(text)
			}
		})
	}
}
