package serve

import (
	"net/http"
	"strings"

	"heddle/internal/caller"
)

// device tells where a request came from: by the connection, or, behind a
// proxy, by the header in which that says so. A proxy appends the address it
// saw, so only the last one is its word.
func (s *Server) device(r *http.Request) caller.Device {
	address := r.RemoteAddr
	if name := s.opts.AddressHeader; name != "" {
		if values := r.Header.Values(name); len(values) > 0 {
			list := values[len(values)-1]
			address = strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
		}
	}
	return caller.NewDevice(address, r.UserAgent())
}
