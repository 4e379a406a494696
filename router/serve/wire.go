package serve

import (
	"encoding/binary"
	"time"

	"github.com/gorilla/websocket"
)

// wire is what carries the messages of a socket to its client. One goroutine at
// a time writes; the other methods may be called meanwhile.
type wire interface {
	// open leaves room for what goes before a message, and seal puts it there: the
	// message stands behind the first bytes of to, up to its end.
	open(to []byte) []byte
	seal(to []byte, at int) []byte
	// try writes what the client takes at once, which may be nothing; send writes
	// all, and gives up when the client has not taken it within that time.
	try(data []byte, by *attempt) (written int, err error)
	send(data []byte, within time.Duration) error
	// prompt tells whether try is worth it.
	prompt() bool
	// ping is what asks the client for a sign of life; nil if nothing does.
	ping() []byte
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
type frames struct {
	conn *websocket.Conn // reads
	line line            // is written to
}

// The frames of a server are whole messages, and not masked (RFC 6455, section 5.2).
const (
	frameText = 0x80 | websocket.TextMessage
	framePing = 0x80 | websocket.PingMessage
	frameLast = 0x80 | websocket.CloseMessage
	frameRoom = 10 // the longest header
)

func (f *frames) open(to []byte) []byte { return append(to, make([]byte, frameRoom)...) }

// seal writes the header, and moves the message up to it.
func (f *frames) seal(to []byte, at int) []byte {
	message := to[at+frameRoom:]
	header := append(to[:at], frameText)
	switch n := len(message); {
	case n < 126:
		header = append(header, byte(n))
	case n < 1<<16:
		header = binary.BigEndian.AppendUint16(append(header, 126), uint16(n))
	default:
		header = binary.BigEndian.AppendUint64(append(header, 127), uint64(n))
	}
	return append(header, message...)
}

func (f *frames) try(data []byte, by *attempt) (int, error) { return by.write(f.line.raw, data) }

func (f *frames) prompt() bool { return f.line.raw != nil }

func (f *frames) send(data []byte, within time.Duration) error {
	conn := f.line.Conn
	if err := conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if _, err := conn.Write(data); err != nil {
		return err
	}
	return conn.SetWriteDeadline(time.Time{})
}

func (f *frames) ping() []byte { return []byte{framePing, 0} }

func (f *frames) expect(within time.Duration) { _ = f.conn.SetReadDeadline(time.Now().Add(within)) }

func (f *frames) part(code int, reason string) {
	text := websocket.FormatCloseMessage(code, clipReason(reason))
	f.line.socket.sayLast(append([]byte{frameLast, byte(len(text))}, text...))
	_ = f.conn.SetReadDeadline(time.Now().Add(parting))
}

func (f *frames) cut() { _ = f.conn.Close() }

func (f *frames) transport() string { return "websocket" }
