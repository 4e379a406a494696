package serve

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// page is what matters of an answer with a file.
type page struct {
	Status                      int
	Type, Cache, Policy, Closes string
}

func ask(handler http.Handler, method, path string, header http.Header) (page, string, http.Header) {
	request := httptest.NewRequest(method, path, nil)
	request.Header = header
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request)
	p := page{Status: w.Code, Type: w.Header().Get("Content-Type"), Cache: w.Header().Get("Cache-Control"), Closes: w.Header().Get("Allow")}
	if w.Header().Get("Content-Security-Policy") != "" {
		p.Policy = "set"
	}
	return p, w.Body.String(), w.Header()
}

func zip(t *testing.T, content string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(content))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestPlayground(t *testing.T) {
	t.Parallel()
	built := servePages(fstest.MapFS{
		"index.html":         {Data: []byte("<!doctype html>")},
		"assets/main-abc.js": {Data: []byte("let a")},
		"assets/one.woff2":   {Data: []byte("font")},
		"favicon.svg":        {Data: []byte("<svg/>")},
		".gitkeep":           {},

		"examples/code/index.html":         {Data: []byte("<!doctype html>")},
		"examples/code/assets/main-abc.js": {Data: []byte("let a")},
	})
	const text, fixed = "text/plain; charset=utf-8", "public, max-age=31536000, immutable"
	for _, c := range []struct {
		method, path string
		want         page
	}{
		{"GET", "/", page{Status: 200, Type: "text/html; charset=utf-8", Cache: "no-cache", Policy: "set"}},
		{"HEAD", "/", page{Status: 200, Type: "text/html; charset=utf-8", Cache: "no-cache", Policy: "set"}},
		{"GET", "/assets/main-abc.js", page{Status: 200, Type: "text/javascript; charset=utf-8", Cache: fixed}},
		{"GET", "/assets/one.woff2", page{Status: 200, Type: "font/woff2", Cache: fixed}},
		{"GET", "/favicon.svg", page{Status: 200, Type: "image/svg+xml", Cache: "no-cache"}},
		{"GET", "/examples/code/", page{Status: 200, Type: "text/html; charset=utf-8", Cache: "no-cache", Policy: "set"}},
		{"GET", "/examples/code", page{Status: 301, Type: "text/html; charset=utf-8"}},
		{"GET", "/examples/code/assets/main-abc.js", page{Status: 200, Type: "text/javascript; charset=utf-8", Cache: fixed}},
		{"GET", "/examples/", page{Status: 404, Type: text, Cache: "no-store"}},
		{"GET", "/assets", page{Status: 404, Type: text, Cache: "no-store"}},
		{"GET", "/.gitkeep", page{Status: 404, Type: text, Cache: "no-store"}},
		{"GET", "/nothing", page{Status: 404, Type: text, Cache: "no-store"}},
		{"GET", "/../serve.go", page{Status: 404, Type: text, Cache: "no-store"}},
		{"POST", "/", page{Status: 405, Type: text, Cache: "no-store", Closes: "GET, HEAD"}},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			t.Parallel()
			got, _, _ := ask(built, c.method, c.path, nil)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
	for encoding, want := range map[string]string{"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "": "", "br": "", "gzip; q=0": ""} {
		t.Run("packed for "+encoding, func(t *testing.T) {
			t.Parallel()
			packed := servePages(fstest.MapFS{"assets/main-abc.js.gz": {Data: zip(t, "let a")}})
			got, body, header := ask(packed, "GET", "/assets/main-abc.js", http.Header{"Accept-Encoding": {encoding}})
			if diff := cmp.Diff(page{Status: 200, Type: "text/javascript; charset=utf-8", Cache: fixed}, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			content := map[string]string{"gzip": string(zip(t, "let a")), "": "let a"}[want]
			if encoded := header.Get("Content-Encoding"); encoded != want || body != content || header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("Content-Encoding %q, Vary %q, %q", encoded, header.Get("Vary"), body)
			}
		})
	}
	t.Run("not changed", func(t *testing.T) {
		t.Parallel()
		_, _, header := ask(built, "GET", "/", nil)
		got, _, _ := ask(built, "GET", "/", http.Header{"If-None-Match": {header.Get("ETag")}})
		if got.Status != http.StatusNotModified {
			t.Errorf("status %d, want 304", got.Status)
		}
	})
	t.Run("not built", func(t *testing.T) {
		t.Parallel()
		got, body, _ := ask(servePages(fstest.MapFS{".gitkeep": {}}), "GET", "/", nil)
		if got.Status != 200 || strings.Count(body, "\n") != 1 || !strings.Contains(body, "make playground") {
			t.Errorf("%d %q, want one line that names the command", got.Status, body)
		}
	})
}
