package ask_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoint answers every question with the same text.
func endpoint(t *testing.T, status int, text string) *ask.Graph {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		w.Header().Set("Connection", "close")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return ask.At(server.URL)
}

func TestGraph_Ask_what_is_sent(t *testing.T) {
	t.Parallel()
	type sent struct {
		Authorization, RequestID, ContentType string
		Body                                  map[string]any
	}
	for _, c := range []struct {
		name string
		who  *caller.Caller
		auth string
	}{{"with the caller's token", &caller.Caller{ID: "ada", Token: "abc"}, "Bearer abc"}, {"anonymous", nil, ""}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got sent
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = sent{Authorization: r.Header.Get("Authorization"), RequestID: r.Header.Get(trace.Header), ContentType: r.Header.Get("Content-Type")}
				if err := json.NewDecoder(r.Body).Decode(&got.Body); err != nil {
					t.Error(err)
				}
				_, _ = io.WriteString(w, `{"data":{"room":{"title":"Loom"}}}`)
			})
			graph := ask.Within(within{handler})
			ctx := trace.WithRequestID(t.Context(), "r1")
			if c.who != nil {
				ctx = caller.With(ctx, *c.who)
			}
			var answer struct{ Room struct{ Title string } }
			if err := graph.Ask(ctx, "query($id: ID!) { room(id: $id) { title } }", map[string]any{"id": "1"}, &answer); err != nil {
				t.Fatal(err)
			}
			want := sent{c.auth, "r1", "application/json", map[string]any{"query": "query($id: ID!) { room(id: $id) { title } }", "variables": map[string]any{"id": "1"}}}
			if diff := cmp.Diff(want, got); diff != "" || answer.Room.Title != "Loom" {
				t.Errorf("request (-want +got):\n%s\nanswer %+v", diff, answer)
			}
		})
	}
}

// within calls a handler without a network.
type within struct{ http.Handler }

func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer.Result(), nil
}

func TestGraph_Ask_errors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		text   string
		code   fault.Code
		want   string // in the error
	}{
		{"a fault of the domain that was asked", 200, `{"data":null,"errors":[{"message":"There is no user.","extensions":{"code":"NOT_FOUND","field":"userId"}}]}`,
			fault.NotFound, "There is no user."},
		{"beside data", 200, `{"data":{"room":null},"errors":[{"message":"No.","extensions":{"code":"FORBIDDEN"}}]}`, fault.Forbidden, "No."},
		{"a bad token", 401, `{"errors":[{"message":"Expired.","extensions":{"code":"UNAUTHENTICATED"}}]}`, fault.Unauthenticated, "Expired."},
		{"a subgraph that is away", 200, `{"data":null,"errors":[{"message":"users is away","extensions":{"code":"SUBGRAPH_UNAVAILABLE"}}]}`,
			fault.Unavailable, "users is away"},
		{"a question that is wrong", 400, `{"errors":[{"message":"Cannot query field.","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`,
			fault.Internal, "Cannot query field. (GRAPHQL_VALIDATION_FAILED)"},
		{"without a code", 200, `{"errors":[{"message":"Oh."}]}`, fault.Internal, "Oh."},
		{"a page of a proxy", 502, `<html>`, fault.Unavailable, "status 502"},
		{"nothing", 200, ``, fault.Unavailable, "status 200"},
		{"neither data nor errors", 200, `{"message":"hello"}`, fault.Unavailable, "neither data nor errors"},
		{"data of another shape", 200, `{"data":{"room":5}}`, fault.Internal, "read its answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var answer struct{ Room *struct{ Title string } }
			err := endpoint(t, c.status, c.text).Ask(t.Context(), "{ room { title } }", nil, &answer)
			if fault.CodeOf(err) != c.code || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s with %q", err, c.code, c.want)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		if err := ask.At("http://127.0.0.1:1/graphql").Ask(t.Context(), "{ x }", nil, nil); !fault.Is(err, fault.Unavailable) {
			t.Errorf("error %v, want UNAVAILABLE", err)
		}
	})
}
