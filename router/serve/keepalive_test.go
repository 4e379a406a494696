package serve

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// pipes is a listener whose connections are in memory, so that time stands still
// while nothing happens.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialled:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// serving serves an endpoint on pipes.
func (p pipes) serving(endpoint *Server) *http.Server {
	server := &http.Server{Handler: endpoint}
	go func() { _ = server.Serve(p) }() // until it is closed
	return server
}

func (p pipes) dial(t *testing.T) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{modern.name}, NetDialContext: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		p.dialled <- there
		return here, nil
	}}
	conn, _, err := dialer.Dial("ws://heddle.example/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// connect dials, and introduces the client.
func (p pipes) connect(t *testing.T) *websocket.Conn {
	t.Helper()
	conn := p.dial(t)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	if _, ack, err := conn.ReadMessage(); err != nil || string(ack) != `{"type":"connection_ack"}` {
		t.Fatalf("connection_init is answered with %s, %v", ack, err)
	}
	return conn
}

// The server asks an idle client for signs of life, and gives up one that gives
// none, once it has had time to miss two questions and to read an answer. One
// that answers stays for hours.
func TestWebSocket_keeps_alive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := Options{}.withDefaults()
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		server := listener.serving(New(nil, opts))
		lively, dead := listener.connect(t), listener.connect(t)
		began, pings := time.Now(), 0
		answer := lively.PingHandler()
		lively.SetPingHandler(func(data string) error { pings++; return answer(data) })
		dead.SetPingHandler(func(string) error { return nil })
		ended := make(chan time.Duration, 2)
		for _, conn := range []*websocket.Conn{lively, dead} {
			go func() {
				if _, message, err := conn.ReadMessage(); err == nil {
					t.Errorf("a client got %s", message)
				}
				ended <- time.Since(began)
			}()
		}
		if after, want := <-ended, 2*opts.Timeouts.KeepAlive+opts.Timeouts.Write; after != want {
			t.Errorf("the client that gives no sign of life was given up after %s, want %s", after, want)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if want := int(time.Since(began) / opts.Timeouts.KeepAlive); pings != want {
			t.Errorf("the client that answers was asked %d times, want %d", pings, want)
		}
		select {
		case after := <-ended:
			t.Errorf("the client that answers was given up after %s", after)
		default:
		}
		_, _ = lively.Close(), dead.Close()
		<-ended
		_ = server.Close()
	})
}

// A client that does not introduce itself is asked to leave in time.
func TestWebSocket_initialisation_timeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := Options{Timeouts: Timeouts{Init: time.Minute}}.withDefaults()
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		server := listener.serving(New(nil, opts))
		conn := listener.dial(t)
		began := time.Now()
		_, _, err := conn.ReadMessage()
		if !websocket.IsCloseError(err, closeInitTimeout) || time.Since(began) != time.Minute {
			t.Errorf("after %s: %v, want to be closed with %d after a minute", time.Since(began), err, closeInitTimeout)
		}
		_ = conn.Close()
		synctest.Wait()
		_ = server.Close()
	})
}
