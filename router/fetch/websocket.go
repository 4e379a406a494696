package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"heddle/internal/fault"
)

const (
	subprotocol = "graphql-transport-ws"
	// handshake is how long a subgraph may take to accept a subscription.
	handshake = 15 * time.Second
	// alive is how often a silent connection is asked whether it is there.
	alive = 20 * time.Second
)

// message is one of the protocol graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Subscribe opens a WebSocket on the subgraph's URL and holds one subscription.
// The headers travel with the upgrade and in the payload of connection_init. A
// subgraph that takes no WebSockets is asked for server-sent events.
func (f *Remote) Subscribe(ctx context.Context, r Request, deliver func(payload []byte) error) error {
	if f.streams.Load() {
		return f.stream(ctx, r, deliver)
	}
	conn, err := f.dial(ctx, r)
	if errors.Is(err, errNoSocket) {
		return f.stream(ctx, r, deliver)
	}
	if err != nil {
		return err
	}
	// Reading with ctx would cut the connection without a word when ctx ends: the
	// subgraph is told instead, which ends the reading.
	living, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	defer conn.CloseNow() //nolint:errcheck // it is closed already when all went well
	stop := context.AfterFunc(ctx, func() {
		defer hangUp()
		defer time.AfterFunc(time.Second, hangUp).Stop()
		goodbye(conn)
	})
	defer stop()
	go keepAlive(living, conn, hangUp)
	isOpen(ctx)
	err = receive(living, conn, deliver)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
	return err
}

// errNoSocket is a subgraph that does not know what a WebSocket is, which it says
// by one of the statuses of noSocket.
var errNoSocket = errors.New("the subgraph takes no WebSockets")

var noSocket = map[int]bool{
	http.StatusOK: true, http.StatusBadRequest: true, http.StatusNotFound: true, http.StatusMethodNotAllowed: true,
	http.StatusNotAcceptable: true, http.StatusUnsupportedMediaType: true, http.StatusUnprocessableEntity: true,
	http.StatusUpgradeRequired: true, http.StatusNotImplemented: true,
}

// dial connects, introduces itself and subscribes.
func (f *Remote) dial(ctx context.Context, r Request) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, f.url, &websocket.DialOptions{
		HTTPClient: f.live, HTTPHeader: r.Header.Clone(), Subprotocols: []string{subprotocol},
	})
	if err != nil {
		if resp != nil && noSocket[resp.StatusCode] {
			err = fmt.Errorf("%w: %w", errNoSocket, err)
		}
		return nil, fmt.Errorf("connect to subgraph: %w", err)
	}
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err := introduce(ctx, conn, r); err != nil {
		_ = conn.CloseNow()
		return nil, err
	}
	return conn, nil
}

// introduce takes the connection to where events come.
func introduce(ctx context.Context, conn *websocket.Conn, r Request) error {
	if conn.Subprotocol() != subprotocol {
		return fmt.Errorf("the subgraph does not speak %s", subprotocol)
	}
	conn.SetReadLimit(r.limit() + envelope)
	payload, err := json.Marshal(introduction(r.Header))
	if err != nil {
		return fmt.Errorf("encode connection_init: %w", err)
	}
	if err := send(ctx, conn, message{Type: "connection_init", Payload: payload}); err != nil {
		return err
	}
	for {
		m, err := next(ctx, conn)
		if err != nil {
			return fmt.Errorf("wait for connection_ack: %w", refusal(err))
		}
		switch m.Type {
		case "connection_ack":
			return send(ctx, conn, message{ID: "1", Type: "subscribe", Payload: r.Body})
		case "ping":
			if err := send(ctx, conn, message{Type: "pong"}); err != nil {
				return err
			}
		}
	}
}

// refusal tells the client why the subgraph would not have it, where the close
// code says so (graphql-transport-ws, "Invalid message" and what follows).
func refusal(err error) error {
	switch websocket.CloseStatus(err) {
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

// receive delivers events until the stream ends.
func receive(ctx context.Context, conn *websocket.Conn, deliver func(payload []byte) error) error {
	for {
		m, err := next(ctx, conn)
		if err != nil {
			return fmt.Errorf("%w: %w", errClosed, err)
		}
		switch m.Type {
		case "next":
			if err := deliver(m.Payload); err != nil {
				goodbye(conn)
				return err
			}
		case "error":
			return deliver(fmt.Appendf(nil, `{"data":null,"errors":%s}`, m.Payload))
		case "complete":
			return nil
		case "ping":
			if err := send(ctx, conn, message{Type: "pong"}); err != nil {
				return err
			}
		}
	}
}

// goodbye tells the subgraph that nobody listens any more.
func goodbye(conn *websocket.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = send(ctx, conn, message{ID: "1", Type: "complete"})
	_ = conn.Close(websocket.StatusNormalClosure, "")
}

// envelope is what a message may have around an event.
const envelope = 1 << 10

// keepAlive hangs up when the other end is gone without a word.
func keepAlive(ctx context.Context, conn *websocket.Conn, hangUp func()) {
	ticker := time.NewTicker(alive)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			pinging, cancel := context.WithTimeout(ctx, alive)
			err := conn.Ping(pinging)
			cancel()
			if err != nil {
				hangUp()
				return
			}
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, m message) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.Type, err)
	}
	return conn.Write(ctx, websocket.MessageText, encoded)
}

func next(ctx context.Context, conn *websocket.Conn) (message, error) {
	_, data, err := conn.Read(ctx)
	if err != nil {
		return message{}, err
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return message{}, errors.New("the subgraph sent a message that is not JSON")
	}
	return m, nil
}
