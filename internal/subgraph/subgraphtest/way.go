package subgraphtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Way is a way to a store that a test can close and open again.
type Way struct {
	URL string // of the store, by this way

	t        testing.TB
	to, at   string // host:port
	listener net.Listener
	served   sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn
}

// NewWay opens a way to the store at the URL.
func NewWay(t testing.TB, store string) *Way {
	t.Helper()
	u, err := url.Parse(store)
	if err != nil {
		t.Fatal(err)
	}
	w := &Way{t: t, to: u.Host, at: "127.0.0.1:0"}
	w.Open()
	t.Cleanup(w.Close)
	w.at = w.listener.Addr().String()
	u.Host = w.at
	w.URL = u.String()
	return w
}

// Open opens the way, again at the same address.
func (w *Way) Open() {
	w.t.Helper()
	listener, err := net.Listen("tcp", w.at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.listener = listener
	w.served.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			w.served.Go(func() { w.pass(from) })
		}
	})
}

func (w *Way) pass(from net.Conn) {
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = from.Close()
		return
	}
	w.mu.Lock()
	w.open = append(w.open, from, to)
	w.mu.Unlock()
	w.served.Go(func() { _, _ = io.Copy(to, from); _ = to.Close() })
	_, _ = io.Copy(from, to) // until one of them has gone
	_ = from.Close()
}

// Close closes the way, and what goes by it.
func (w *Way) Close() {
	_ = w.listener.Close()
	w.mu.Lock()
	for _, conn := range w.open {
		_ = conn.Close()
	}
	w.open = nil
	w.mu.Unlock()
	w.served.Wait()
}
