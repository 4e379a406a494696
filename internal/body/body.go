// Package body knows how to refuse a request whose body is too large so that
// its sender hears of it.
package body

import (
	"io"
	"net/http"
	"time"
)

const (
	most    = 64 << 20         // bytes that are thrown away for one request
	longest = 10 * time.Second // that it may take
)

// Discard reads what is left of a request's body and throws it away, within
// bounds, before the request is refused. A sender who is cut off in the middle
// mostly sees a broken connection in place of the answer. One that asked first
// (Expect: 100-continue) has sent nothing, and is told at once.
func Discard(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	if r.Header.Get("Expect") != "" || r.ContentLength > most {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(longest)) // not every ResponseWriter can
	_, _ = io.CopyN(io.Discard, r.Body, most)                                  // whatever comes of it, the request is refused
}
