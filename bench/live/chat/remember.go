package chat

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// remembering answers a request that it has seen before with the same bytes, so
// that what is measured is not this server.
func remembering(next http.Handler) http.Handler {
	var seen sync.Map // body to answer
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, known := seen.Load(string(body))
		if !known {
			r.Body = io.NopCloser(bytes.NewReader(body))
			first := httptest.NewRecorder()
			next.ServeHTTP(first, r)
			answer = first.Body.Bytes()
			seen.Store(string(body), answer)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer.([]byte))
	})
}
