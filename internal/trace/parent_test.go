package trace_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"heddle/internal/trace"
)

func TestValidParent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, parent string
		valid        bool
	}{
		{"the specification's example", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
		{"a later version with more", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes", true},
		{"a later version without more", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
		{"none", "", false},
		{"version 00 with more", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false},
		{"more without a dash", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more", false},
		{"two lines", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-a\nb", false},
		{"version ff", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
		{"upper case", "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", false},
		{"trace id of zeros", "00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
		{"parent id of zeros", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false},
		{"too short", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false},
		{"no dashes", "00.0af7651916cd43dd8448eb211c80319c.b7ad6b7169203331.01", false},
		{"flags that are none", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := trace.ValidParent(c.parent); got != c.valid {
				t.Errorf("%q is valid: %t, want %t", c.parent, got, c.valid)
			}
			kept := trace.AcceptParent(c.parent)
			if !trace.ValidParent(kept) || c.valid != (kept == c.parent) {
				t.Errorf("%q becomes %q", c.parent, kept)
			}
		})
	}
}

func TestNewParent_is_another_each_time(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		parent := trace.NewParent()
		if !trace.ValidParent(parent) || seen[parent[3:35]] {
			t.Fatalf("parent %q, want a valid one of another trace", parent)
		}
		seen[parent[3:35]] = true
	}
}

func TestMiddleware_traceparent(t *testing.T) {
	t.Parallel()
	const sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, c := range []struct {
		name, header string
		kept         bool
	}{{"the client's", sent, true}, {"none", "", false}, {"a bad one", "00-0-0-0", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var inside string
			h := trace.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = trace.Parent(r.Context()) }))
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Header.Set(trace.ParentHeader, c.header)
			h.ServeHTTP(httptest.NewRecorder(), request)
			if !trace.ValidParent(inside) || c.kept != (inside == c.header) {
				t.Errorf("inside %q for %q", inside, c.header)
			}
		})
	}
}
