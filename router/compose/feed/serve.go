package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// ServeHTTP gives the last good supergraph as SDL: 503 before the first one, 304
// to who has it already.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The supergraph can be read with GET.", http.StatusMethodNotAllowed)
		return
	}
	result, ok := f.Good()
	if !ok {
		http.Error(w, "There is no supergraph yet.", http.StatusServiceUnavailable)
		return
	}
	sum := sha256.Sum256([]byte(result.Supergraph))
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write([]byte(result.Supergraph))
}
