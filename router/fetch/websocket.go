package fetch

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"heddle/internal/fault"
)

const (
	subprotocol = "graphql-transport-ws"
	// handshake is how long a subgraph may take to accept a connection.
	handshake = 15 * time.Second
	// alive is how often a connection is asked whether it is there.
	alive = 20 * time.Second
	// patience is how long a subgraph may take to read a message.
	patience = 10 * time.Second
	// parting is how long a subgraph may take to answer that nothing runs any more.
	parting = time.Second
)

// message is one of the protocol graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Subscribe holds one subscription on a WebSocket to the subgraph's URL, which it
// shares with others that have the same headers: they travel with the upgrade
// and in the payload of connection_init. A subgraph that takes no WebSockets is
// asked for server-sent events.
func (f *Remote) Subscribe(ctx context.Context, r Request, deliver func(payload []byte) error) error {
	if f.streams.Load() {
		return f.stream(ctx, r, deliver)
	}
	c, err := f.sockets.subscribe(ctx, f, r)
	if errors.Is(err, errNoSocket) {
		return f.stream(ctx, r, deliver)
	}
	if err != nil {
		return err
	}
	defer c.leave()
	isOpen(ctx)
	return c.follow(ctx, deliver)
}

// errNoSocket is a subgraph that does not know what a WebSocket is, which it says
// by one of the statuses of noSocket.
var errNoSocket = errors.New("the subgraph takes no WebSockets")

var noSocket = map[int]bool{
	http.StatusOK: true, http.StatusBadRequest: true, http.StatusNotFound: true, http.StatusMethodNotAllowed: true,
	http.StatusNotAcceptable: true, http.StatusUnsupportedMediaType: true, http.StatusUnprocessableEntity: true,
	http.StatusUpgradeRequired: true, http.StatusNotImplemented: true,
}

var writeBuffers = &sync.Pool{}

// dialer connects as the client does.
func (f *Remote) dialer() *websocket.Dialer {
	d := &websocket.Dialer{
		HandshakeTimeout: handshake, Subprotocols: []string{subprotocol}, Proxy: http.ProxyFromEnvironment,
		ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: writeBuffers,
	}
	if t, ok := f.live.Transport.(*http.Transport); ok {
		t = t.Clone() // others may be using it for the first time, which changes it
		d.NetDialContext, d.NetDialTLSContext, d.Proxy, d.TLSClientConfig = t.DialContext, t.DialTLSContext, t.Proxy, t.TLSClientConfig
	}
	if d.TLSClientConfig == nil {
		d.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	d.TLSClientConfig.NextProtos = []string{"http/1.1"} // what a WebSocket begins with
	return d
}

// dial connects and introduces itself with the headers of the request.
func (f *Remote) dial(ctx context.Context, r Request) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	conn, resp, err := f.dialer().DialContext(ctx, "ws"+strings.TrimPrefix(f.url, "http"), r.Header.Clone()) //nolint:bodyclose // it is in memory
	if err != nil {
		if resp != nil && noSocket[resp.StatusCode] {
			err = fmt.Errorf("%w: %w", errNoSocket, err)
		}
		return nil, fmt.Errorf("connect to subgraph: %w", err)
	}
	if err := introduce(ctx, conn, r.Header); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// introduce takes the connection to where it can be subscribed on.
func introduce(ctx context.Context, conn *websocket.Conn, header http.Header) error {
	if conn.Subprotocol() != subprotocol {
		return fmt.Errorf("the subgraph does not speak %s", subprotocol)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	payload, err := json.Marshal(introduction(header))
	if err != nil {
		return fmt.Errorf("encode connection_init: %w", err)
	}
	if err := write(conn, message{Type: "connection_init", Payload: payload}); err != nil {
		return err
	}
	for {
		var m message
		if err := conn.ReadJSON(&m); err != nil {
			return fmt.Errorf("wait for connection_ack: %w", refusal(err))
		}
		switch m.Type {
		case "connection_ack":
			return nil
		case "ping":
			if err := write(conn, message{Type: "pong"}); err != nil {
				return err
			}
		}
	}
}

// refusal tells the client why the subgraph would not have it, where the close
// code says so (graphql-transport-ws, "Invalid message" and what follows).
func refusal(err error) error {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return err
	}
	switch closed.Code {
	case 4401:
		return fault.Wrap(fault.Unauthenticated, err, "Sign in first: this needs an access token.")
	case 4403:
		return fault.Wrap(fault.Forbidden, err, "This subscription is not open to you.")
	}
	return err
}

// introduction is the payload of connection_init: the headers, each with its
// first value.
func introduction(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name := range h {
		out[name] = h.Get(name)
	}
	return out
}

// write sends a message; one is written at a time.
func write(conn *websocket.Conn, m message) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.Type, err)
	}
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	return conn.WriteMessage(websocket.TextMessage, encoded)
}
