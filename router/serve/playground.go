package serve

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:playground/dist
var embedded embed.FS

// policy lets the playground load nothing but its own files, and ask nothing
// but GraphQL endpoints. Its editor sets styles by script and runs workers from
// blobs.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; " +
	"worker-src 'self' blob:; connect-src 'self' http: https: ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const unbuilt = "The playground has not been built into this binary. Run `make playground` and build again; the endpoint is at /graphql.\n"

// playground serves the built assets, or a line that says there are none. The
// examples are pages beside it, each in a folder of its own.
func playground() http.Handler {
	dist, err := fs.Sub(embedded, "playground/dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return servePages(dist)
}

func servePages(dist fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		index, err := fs.ReadFile(dist, indexOf(r.URL.Path))
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "This page can only be read. The GraphQL endpoint is at /graphql.\n")
		case r.URL.Path == "/" && err != nil:
			say(w, http.StatusOK, unbuilt)
		case err != nil:
			serveAsset(w, r, dist)
		case !strings.HasSuffix(r.URL.Path, "/"):
			http.Redirect(w, r, "/"+strings.Trim(r.URL.Path, "/")+"/", http.StatusMovedPermanently)
		default:
			servePage(w, r, index)
		}
	})
}

// indexOf names the file that is shown at a path, if it is that of a page.
func indexOf(urlPath string) string {
	return path.Join(strings.Trim(urlPath, "/"), "index.html")
}

func servePage(w http.ResponseWriter, r *http.Request, index []byte) {
	sum := sha256.Sum256(index)
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, "index.html", time.Time{}, bytes.NewReader(index))
}

// immutable is for the files under assets: their names carry a hash of the
// content, so they never change.
const immutable = "public, max-age=31536000, immutable"

// serveAsset serves a file of the build, which packs those under assets.
func serveAsset(w http.ResponseWriter, r *http.Request, dist fs.FS) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if packed, err := fs.ReadFile(dist, name+".gz"); err == nil {
		servePacked(w, r, name, packed)
		return
	}
	file, err := dist.Open(name)
	if err != nil {
		nothing(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	content, seekable := file.(io.ReadSeeker)
	if err != nil || info.IsDir() || !seekable || strings.HasPrefix(name, ".") {
		nothing(w, r)
		return
	}
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache")
	if path.Base(path.Dir(name)) == "assets" {
		header.Set("Cache-Control", immutable)
	}
	http.ServeContent(w, r, name, time.Time{}, content)
}

// servePacked hands out a file packed with gzip as it is, or unpacked to a
// client that does not take it so.
func servePacked(w http.ResponseWriter, r *http.Request, name string, packed []byte) {
	header := w.Header()
	header.Set("Content-Type", cmp.Or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream"))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", immutable)
	header.Set("Vary", "Accept-Encoding")
	if takesGzip(r.Header) {
		header.Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed) // the client may be gone
		return
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		nothing(w, r) // the build is broken
		return
	}
	_, _ = io.Copy(w, unpacked)
}

// takesGzip reads the Accept-Encoding header (RFC 9110, section 12.5.3).
func takesGzip(header http.Header) bool {
	for _, item := range strings.Split(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, quality, weighed := strings.Cut(strings.ReplaceAll(item, " ", ""), ";q=")
		if strings.EqualFold(name, "gzip") {
			return !weighed || strings.Trim(quality, "0.") != ""
		}
	}
	return false
}

func nothing(w http.ResponseWriter, r *http.Request) {
	say(w, http.StatusNotFound, "There is nothing at "+r.URL.Path+". The GraphQL endpoint is at /graphql.\n")
}
