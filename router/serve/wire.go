package serve

import (
	"time"

	"github.com/gorilla/websocket"
)

// wire is what carries the messages of a socket to its client. One message is
// written at a time; the other methods may be called meanwhile.
type wire interface {
	// send writes one message, and gives up when the client has not taken it within
	// that time.
	send(message []byte, within time.Duration) error
	// ping asks the client for a sign of life.
	ping(within time.Duration) error
	// expect gives the client that long for its next sign of life.
	expect(within time.Duration)
	// part says why the connection ends, and gives the client a moment to hear it.
	part(code int, reason string)
	// cut ends the connection at once.
	cut()
	// transport is the name in the access log.
	transport() string
}

// frames are the frames of a WebSocket.
type frames struct{ conn *websocket.Conn }

func (f *frames) send(message []byte, within time.Duration) error {
	if err := f.conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	return f.conn.WriteMessage(websocket.TextMessage, message)
}

func (f *frames) ping(within time.Duration) error {
	return f.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(within))
}

func (f *frames) expect(within time.Duration) { _ = f.conn.SetReadDeadline(time.Now().Add(within)) }

func (f *frames) part(code int, reason string) {
	deadline := time.Now().Add(parting)
	message := websocket.FormatCloseMessage(code, clipReason(reason))
	if f.conn.WriteControl(websocket.CloseMessage, message, deadline) != nil {
		_ = f.conn.Close()
		return
	}
	_ = f.conn.SetReadDeadline(deadline)
}

func (f *frames) cut() { _ = f.conn.Close() }

func (f *frames) transport() string { return "websocket" }
