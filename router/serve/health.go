package serve

import (
	"io"
	"net/http"
)

// healthy says that the process answers.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, "ok\n")
}

// ready says whether new work should be sent here: not while draining.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.streams.draining() {
		say(w, http.StatusServiceUnavailable, "draining\n")
		return
	}
	text := "ready\n"
	if s.opts.Detail != nil {
		text += s.opts.Detail()
	}
	say(w, http.StatusOK, text)
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
