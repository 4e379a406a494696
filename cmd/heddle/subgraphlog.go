package main

import (
	"log/slog"
	"net/http"
	"time"

	"heddle/internal/trace"
)

// logged writes a line per request, which bears the id that the router gave it.
func logged(next http.Handler, log *slog.Logger) http.Handler {
	return trace.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		next.ServeHTTP(w, r)
		log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "duration", time.Since(begin))
	}))
}
