package serve

import (
	"bufio"
	"net"
	"net/http"
	"syscall"
	"time"
)

// line is the connection beneath a WebSocket. The library reads from it; what it
// writes by itself, the frames that answer a ping, a close frame or a frame that
// is not allowed, waits its turn among the messages of the socket, so that there
// is one writer.
type line struct {
	net.Conn
	raw    syscall.RawConn // where the bytes go as they are; nil where they are encrypted
	socket *socket         // nil until the connection is upgraded
}

// Write takes a frame of the library, or its answer to the upgrade.
func (l *line) Write(p []byte) (int, error) {
	if l.socket == nil {
		return l.Conn.Write(p)
	}
	frame := append([]byte(nil), p...)
	if p[0] == frameLast {
		l.socket.sayLast(frame)
	} else {
		l.socket.sayFrame(frame)
	}
	return len(p), nil
}

// SetWriteDeadline is for the answer to the upgrade: later ones are the writer's.
func (l *line) SetWriteDeadline(t time.Time) error {
	if l.socket == nil {
		return l.Conn.SetWriteDeadline(t)
	}
	return nil
}

// tapped lets the library have a line in place of the connection.
type tapped struct {
	http.ResponseWriter
	line *line
}

// Hijack is for the WebSocket library, which does not unwrap.
func (t tapped) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.line.Conn = conn
	switch plain := conn.(type) {
	case *net.TCPConn:
		t.line.raw, err = plain.SyscallConn()
	case *net.UnixConn:
		t.line.raw, err = plain.SyscallConn()
	}
	return t.line, rw, err
}
