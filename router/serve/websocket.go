package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/trace"
)

// The codes with which a socket is closed (RFC 6455, section 7.4; PROTOCOL.md).
const (
	closeNormal       = 1000
	closeGoingAway    = 1001
	closeTooMuch      = 1008
	closeTryLater     = 1013
	closeInternal     = 4500
	closeInvalid      = 4400
	closeUnauthorized = 4401
	closeForbidden    = 4403
	closeProtocol     = 4406
	closeInitTimeout  = 4408
	closeDuplicate    = 4409
	closeTooManyInits = 4429
)

// parting is how long a client has to answer a close frame.
const parting = 2 * time.Second

// farewell is why a connection is closed.
type farewell struct {
	code   int
	reason string
}

var writeBuffers = &sync.Pool{}

// webSocket upgrades the connection and leaves it to a socket, which outlives
// the request.
func (s *Server) webSocket(w http.ResponseWriter, r *http.Request) {
	if !s.origins.allowed(r) {
		s.refuse(w, r, accepted{media: mediaJSON}, fault.New(fault.Forbidden, "Pages of this origin may not open a WebSocket here."))
		return
	}
	if s.streams.draining() {
		s.refuse(w, r, accepted{media: mediaJSON}, errDraining)
		return
	}
	upgrader := websocket.Upgrader{
		ReadBufferSize:  256,
		WriteBufferSize: 4096,
		WriteBufferPool: writeBuffers,
		Subprotocols:    []string{modern.name, legacy.name},
		CheckOrigin:     func(*http.Request) bool { return true }, // checked above
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			message := strings.TrimPrefix(reason.Error(), "websocket: ")
			s.refuse(w, r, accepted{media: mediaJSON}, &refusal{status: status, code: codeBadRequest, message: "The WebSocket handshake is not valid: " + message + "."})
		},
	}
	out := &frames{}
	conn, err := upgrader.Upgrade(tapped{w, &out.line}, r, http.Header{trace.Header: {trace.RequestID(r.Context())}})
	if err != nil {
		return // answered by Error, or the client is gone
	}
	out.conn = conn
	spoken := modern
	if conn.Subprotocol() == legacy.name {
		spoken = legacy
	}
	k := newSocket(s, out, spoken, r)
	out.line.socket = k
	k.listen(conn)
	if !s.streams.add(k) {
		k.close(closeGoingAway, "The server is shutting down")
	} else if conn.Subprotocol() == "" {
		k.close(closeProtocol, "Subprotocol not acceptable")
	}
	go k.read(conn)
}

// socket is one connection that carries many operations: a WebSocket, or a
// reserved stream of events. Its lock is taken after an upstream's and before a
// subscription's; nothing of it is held while writing or leaving.
type socket struct {
	server  *Server
	wire    wire
	dialect *dialect
	device  caller.Device
	began   time.Time
	traced  bool // the client said which trace the connection is part of

	// What the reader knows alone.
	header http.Header     // of the upgrade, and from connection_init on what travels to subgraphs
	ctx    context.Context // ends with the connection; carries the caller from connection_init on
	cancel context.CancelFunc

	mu       sync.Mutex
	phase    phase
	session  string      // of the token; "" for none
	expiry   *time.Timer // of the token; nil for none
	last     *farewell   // to be said once nothing else waits
	calls    map[string]*socketCall
	control  [][]byte       // messages about the connection, before those of calls; as they are written
	ready    []*socketCall  // calls with something to write
	place    [1]*socketCall // for ready: most have one
	writing  bool           // somebody writes, or is about to
	goodbye  []byte         // the close frame, to be written
	parted   bool           // the close frame was said, by either side
	silent   chan struct{}  // closed once nothing is written any more; nil if nobody waits for that
	draining bool
	pulse    *time.Timer // looks at a WebSocket now and then; nil for other connections
}

type phase int

const (
	opened phase = iota
	initialising
	acknowledged
	closing
)

func newSocket(s *Server, w wire, spoken *dialect, r *http.Request) *socket {
	k := &socket{
		server: s, wire: w, dialect: spoken, header: r.Header, device: s.device(r),
		began: time.Now(), traced: trace.ValidParent(r.Header.Get(trace.ParentHeader)), calls: map[string]*socketCall{},
	}
	// Of the request's context nothing else: it would keep the request.
	ctx := trace.With(context.Background(), trace.RequestID(r.Context()), trace.Parent(r.Context()))
	k.ctx, k.cancel = context.WithCancel(ctx)
	return k
}

// listen prepares for what the client of a WebSocket sends.
func (k *socket) listen(conn *websocket.Conn) {
	conn.SetReadLimit(k.server.opts.Limits.Message)
	conn.SetPongHandler(func(string) error { k.alive(); return nil })
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pulse = time.AfterFunc(k.untilPulse(), k.beat)
}

// read handles the client's messages one after the other, until the end.
func (k *socket) read(conn *websocket.Conn) {
	defer k.gone()
	k.alive()
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil {
			k.linger(conn, err)
			return
		}
		k.alive()
		if kind != websocket.TextMessage {
			k.close(closeInvalid, "Invalid message: it is not a text message")
			continue
		}
		k.handle(data)
	}
}

// linger reads on for a moment after a message that the library refused with a
// close frame of its own, such as one that is too long: a connection closed
// with bytes unread would lose that frame.
func (k *socket) linger(conn *websocket.Conn, err error) {
	var closed *websocket.CloseError
	var network net.Error
	if errors.As(err, &closed) || errors.As(err, &network) {
		return
	}
	k.end(false)
	raw := conn.NetConn()
	_ = raw.SetReadDeadline(time.Now().Add(parting))
	_, _ = io.CopyN(io.Discard, raw, 64*k.server.opts.Limits.Message)
}

// alive gives the client time until its next sign of life. A closing socket
// has its own limit.
func (k *socket) alive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != closing {
		k.wire.expect(2*k.server.opts.Timeouts.KeepAlive + k.server.opts.Timeouts.Write)
	}
}

// untilPulse is how long it is until the connection is looked at. The lock is
// held.
func (k *socket) untilPulse() time.Duration {
	timeouts := k.server.opts.Timeouts
	if k.phase == opened {
		return max(0, min(timeouts.KeepAlive, time.Until(k.began.Add(timeouts.Init))))
	}
	return timeouts.KeepAlive
}

// beat asks for a sign of life, and ends a connection that is not initialised in
// time.
func (k *socket) beat() {
	k.mu.Lock()
	late := k.phase == opened && time.Since(k.began) >= k.server.opts.Timeouts.Init
	k.mu.Unlock()
	if late {
		k.close(closeInitTimeout, "Connection initialisation timeout")
		return
	}
	if ping := k.wire.ping(); ping != nil {
		k.sayFrame(ping)
	}
	if k.dialect.keepAlive != nil {
		k.remark(k.dialect.keepAlive)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != closing {
		k.pulse.Reset(k.untilPulse())
	}
}

// close ends everything that runs, says why, and waits a moment for the
// client's own close frame, which read sees.
func (k *socket) close(code int, reason string) {
	if !k.end(false) {
		return
	}
	k.wire.part(code, reason)
}

// clipReason cuts a reason to what a close frame can hold: 123 bytes.
func clipReason(reason string) string {
	const most = 123
	if len(reason) <= most {
		return reason
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(reason[cut]) {
		cut--
	}
	return reason[:cut]
}

// end stops timers and calls, and tells whether it was the first to do so. The
// clients of a lost connection may come back.
func (k *socket) end(lost bool) bool {
	k.mu.Lock()
	if k.phase == closing {
		k.mu.Unlock()
		return false
	}
	k.phase = closing
	if k.pulse != nil {
		k.pulse.Stop()
	}
	if k.expiry != nil {
		k.expiry.Stop()
	}
	session := k.session
	calls := make([]*socketCall, 0, len(k.calls))
	for _, c := range k.calls {
		calls = append(calls, c)
	}
	clear(k.calls)
	k.control, k.ready = nil, nil
	k.mu.Unlock()
	k.server.sessions.remove(session, k)
	k.cancel()
	for _, c := range calls {
		c.leave(lost)
	}
	return true
}

// gone cleans up after the connection.
func (k *socket) gone() {
	k.end(true)
	k.finishWriting()
	k.wire.cut()
	k.server.streams.remove(k)
	n := &note{transport: k.wire.transport(), kind: "connection"}
	k.server.line(k.ctx, n, 0, k.began)
}

// drain lets queries and mutations finish, and then closes. Subscriptions end
// with the connection, not with a complete message: the client may subscribe
// again elsewhere.
func (k *socket) drain() {
	if e, events := k.wire.(*eventWire); events && !e.taken() {
		k.gone()
		return
	}
	k.mu.Lock()
	k.draining = true
	idle := k.idle()
	k.mu.Unlock()
	if idle {
		k.close(closeGoingAway, "The server is shutting down")
	}
}

// idle tells whether no single answer is running or being written.
func (k *socket) idle() bool {
	if k.writing {
		return false
	}
	for _, c := range k.calls {
		if c.live == nil {
			return false
		}
	}
	return true
}

func (k *socket) abort() {
	k.end(true)
	k.wire.cut()
}

// initHeader reads the members of a connection_init payload that are strings
// and stand for forwarded headers, which browsers cannot set on a WebSocket.
func (k *socket) initHeader(payload map[string]any) http.Header {
	header := http.Header{}
	for name, value := range payload {
		text, isText := value.(string)
		if isText && slices.ContainsFunc(k.server.forward, func(f string) bool { return strings.EqualFold(f, name) }) {
			header.Set(name, text)
		}
	}
	return header
}
