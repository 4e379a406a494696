package trace_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"heddle/internal/trace"
)

func TestAccept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, id string
		kept     bool
	}{
		{"a UUID", "0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d", true},
		{"all signs that may be", "aZ09-_.:", true},
		{"as long as it may be", strings.Repeat("x", 128), true},
		{"too long", strings.Repeat("x", 129), false},
		{"none", "", false},
		{"two lines", "a\nlevel=ERROR", false},
		{"a blank", "a b", false},
		{"another alphabet", "é", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := trace.Accept(c.id)
			if c.kept != (got == c.id) || (!c.kept && uuid.Validate(got) != nil) {
				t.Errorf("id %q, want %q kept: %t, else a new one", got, c.id, c.kept)
			}
		})
	}
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sent string
		kept       bool
	}{{"the client's own", "abc", true}, {"none", "", false}, {"a bad one", "a b", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var inside string
			h := trace.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = trace.RequestID(r.Context()) }))
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Header.Set(trace.Header, c.sent)
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, request)
			if outside := answer.Header().Get(trace.Header); inside == "" || outside != inside || c.kept != (inside == c.sent) {
				t.Errorf("id %q inside and %q outside for %q", inside, outside, c.sent)
			}
		})
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	plain := slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	log := slog.New(trace.Handler(plain)).With("domain", "rooms").WithGroup("g")
	log.InfoContext(trace.WithRequestID(t.Context(), "abc"), "hello", "n", 1)
	log.InfoContext(t.Context(), "alone")
	want := "level=INFO msg=hello domain=rooms g.n=1 g.request=abc\nlevel=INFO msg=alone domain=rooms\n"
	if got := out.String(); got != want {
		t.Errorf("log:\n%s\nwant:\n%s", got, want)
	}
}
