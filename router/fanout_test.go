package router_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"heddle/router"
	"heddle/router/serve"
)

const saidByAll = `subscription { said(room: "all") { text author { name } } }`

// heard is one message of a subscription.
type heard struct {
	ID      string
	Type    string
	Payload json.RawMessage
}

func (s socket) hear() heard {
	s.t.Helper()
	data, err := s.read()
	if err != nil {
		s.t.Fatalf("read: %v", err)
	}
	var h heard
	if err := json.Unmarshal(data, &h); err != nil {
		s.t.Fatal(err)
	}
	return h
}

// joined makes sure that all sockets hear what is said: it says words until
// each has heard some, and reads what the others have heard more.
func (w *world) joined(t *testing.T, room string, sockets ...socket) {
	t.Helper()
	w.say(room, "first")
	for _, s := range sockets {
		messages := make(chan heard)
		go func() { messages <- s.hear() }()
		ticker := time.NewTicker(10 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case <-messages:
				waiting = false
			case <-ticker.C:
				w.say(room, "more")
			}
		}
		ticker.Stop()
	}
	w.say(room, "last")
	for _, s := range sockets {
		for !strings.Contains(string(s.hear().Payload), `"last"`) {
			continue
		}
	}
}

// Clients with the same operation share an upstream, and each event is resolved
// once; clients whom a subgraph could tell apart do not share.
func TestFanout_shares(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	as := func(token string) socket {
		s := w.dial(t, http.Header{"Authorization": {token}})
		s.send(`{"type":"connection_init"}`)
		s.expect(`{"type":"connection_ack"}`)
		s.send(subscribeTo("1", saidByAll))
		return s
	}
	ada := []socket{as("Bearer ada"), as("Bearer ada"), as("Bearer ada")}
	<-w.opened
	w.joined(t, "all", ada...)
	select {
	case <-w.opened:
		t.Fatal("clients that may share have two upstreams")
	default:
	}
	before := w.looked()
	w.say("all", "once")
	for _, s := range ada {
		s.expect(`{"id":"1","type":"next","payload":{"data":{"said":{"text":"once","author":{"name":"Person 7"}}}}}`)
	}
	if resolved := w.looked() - before; resolved != 1 {
		t.Errorf("the event was resolved %d times for three clients", resolved)
	}
	grace := as("Bearer grace")
	<-w.opened // her own
	w.say("all", "both")
	grace.expect(`{"id":"1","type":"next","payload":{"data":{"said":{"text":"both","author":{"name":"Person 7"}}}}}`)

	for _, s := range ada[:2] {
		s.send(`{"type":"complete","id":"1"}`)
	}
	w.say("all", "still")
	ada[2].hear() // both
	ada[2].expect(`{"id":"1","type":"next","payload":{"data":{"said":{"text":"still","author":{"name":"Person 7"}}}}}`)
	select {
	case <-w.closed:
		t.Fatal("an upstream was closed that still has a client")
	default:
	}
	ada[2].send(`{"type":"complete","id":"1"}`)
	<-w.closed
}

// A client that does not read loses its subscription, and no other client
// notices.
func TestFanout_client_does_not_read(t *testing.T) {
	t.Parallel()
	const queue = 4
	w := newWorld(t, router.Options{Queue: queue, Timeouts: serve.Timeouts{Write: time.Hour}})
	slow := w.dialSmall(t)
	slow.send(`{"type":"connection_init"}`)
	slow.expect(`{"type":"connection_ack"}`)
	slow.send(subscribeTo("1", saidByAll))
	<-w.opened
	quick := w.connect(t)
	quick.send(subscribeTo("1", saidByAll))
	w.joined(t, "all", slow, quick)

	const events = 200
	long := strings.Repeat("x", 64<<10)
	for range events {
		w.say("all", long)
		if got := quick.hear(); got.Type != "next" {
			t.Fatalf("the quick client got %q", got.Type)
		}
	}
	count := 0
	for {
		got := slow.hear()
		if got.Type == "error" {
			if !strings.Contains(string(got.Payload), `"RATE_LIMITED"`) {
				t.Errorf("the slow client was told %s", got.Payload)
			}
			break
		}
		count++
	}
	if count == 0 || count >= events {
		t.Errorf("the slow client got %d of %d events", count, events)
	}
	slow.send(subscribeTo("1", "{ hello }")) // its connection lives
	slow.expect(`{"id":"1","type":"next","payload":{"data":{"hello":"world"}}}`)
}

// dialSmall opens a socket whose client takes little that it has not read.
func (w *world) dialSmall(t *testing.T) socket {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, NetDialContext: smallBuffer}
	conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(w.url, "http")+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return socket{t, conn}
}

// smallBuffer dials a connection that holds little for its reader.
func smallBuffer(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetReadBuffer(128 << 10)
	}
	return conn, err
}
