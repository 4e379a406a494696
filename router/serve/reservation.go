package serve

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/router/operation"
)

// The single connection mode of graphql-sse (PROTOCOL.md of that library): PUT
// reserves a stream and gives its token, GET opens it, POST begins an operation
// whose responses come through it, DELETE completes one.

// tokenHeader carries the token of a reserved stream; the parameter "token" of
// the URL does too, for clients that cannot set a header.
const tokenHeader = "X-GraphQL-Event-Stream-Token"

// maxReserved is how many streams may wait to be opened.
const maxReserved = 10_000

// reservations are the streams that were reserved, by token. The zero value is
// ready.
type reservations struct {
	mu  sync.Mutex
	all map[string]*reservation
}

// reservation is a socket whose messages wait until its stream is opened.
type reservation struct {
	token  string
	socket *socket
	wire   *eventWire
	expire *time.Timer // before it is opened
}

func (r *reservations) get(token string) *reservation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[token]
}

func (r *reservations) add(one *reservation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) >= maxReserved {
		return false
	}
	if r.all == nil {
		r.all = map[string]*reservation{}
	}
	r.all[one.token] = one
	return true
}

func (r *reservations) remove(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, token)
}

func streamToken(r *http.Request) string {
	if token := r.Header.Get(tokenHeader); token != "" {
		return token
	}
	return r.URL.Query().Get("token")
}

// forReserved tells whether a request is about a reserved stream.
func forReserved(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete || streamToken(r) != ""
}

// overReserved answers the requests of the single connection mode.
func (s *Server) overReserved(w http.ResponseWriter, r *http.Request) {
	noted(r.Context()).transport = "sse"
	ctx, err := s.opts.Callers.Authorize(r.Context(), r.Header.Get("Authorization"))
	if err != nil {
		s.refuse(w, r, accepted{media: mediaJSON}, err)
		return
	}
	r = r.WithContext(ctx)
	if r.Method == http.MethodPut {
		s.reserve(w, r)
		return
	}
	held := s.reservations.get(streamToken(r))
	if held == nil || caller.ID(held.socket.ctx) != caller.ID(ctx) {
		s.refuse(w, r, accepted{media: mediaJSON}, errNoStream)
		return
	}
	switch r.Method {
	case http.MethodGet:
		s.openReserved(w, r, held)
	case http.MethodPost:
		err = s.beginReserved(w, r, held)
	case http.MethodDelete:
		held.socket.complete(r.URL.Query().Get("operationId"))
		w.WriteHeader(http.StatusOK)
	default:
		err = &refusal{status: http.StatusMethodNotAllowed, code: codeMethod, allow: "GET, POST, PUT, DELETE",
			message: "A reserved stream is reserved with PUT, opened with GET, used with POST and DELETE."}
	}
	if err != nil {
		s.refuse(w, r, accepted{media: mediaJSON}, err)
	}
}

var (
	errNoStream = fault.New(fault.NotFound, "There is no reserved stream with this token. Reserve one with PUT.")
	errTaken    = fault.New(fault.Conflict, "The stream with this token is open already.")
	errTooMany  = fault.New(fault.RateLimited, "Too many streams are reserved and not opened. Try again.")
)

// reserve makes a stream that its client has a while to open.
func (s *Server) reserve(w http.ResponseWriter, r *http.Request) {
	wire := &eventWire{}
	k := newSocket(s, wire, reserved, r)
	k.ctx = caller.Carry(k.ctx, r.Context())
	k.phase, k.writing = acknowledged, true // nobody flushes before it is open
	held := &reservation{token: rand.Text(), socket: k, wire: wire}
	if !s.streams.add(k) {
		s.refuse(w, r, accepted{media: mediaJSON}, errDraining)
		return
	}
	if !s.reservations.add(held) {
		k.gone()
		s.refuse(w, r, accepted{media: mediaJSON}, errTooMany)
		return
	}
	held.expire = time.AfterFunc(s.opts.Timeouts.Init, func() {
		if !wire.taken() {
			s.reservations.remove(held.token)
			k.gone()
		}
	})
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, held.token) // the client may be gone: the stream is not opened then
}

// openReserved writes what comes, until either side ends it.
func (s *Server) openReserved(w http.ResponseWriter, r *http.Request, held *reservation) {
	running, stop := context.WithCancel(r.Context())
	defer stop()
	out := newEventStream(w, s.opts.Timeouts.Write, stop, events{})
	if !held.wire.take(out) {
		s.refuse(w, r, accepted{media: mediaJSON}, errTaken)
		return
	}
	held.expire.Stop()
	k := held.socket
	defer s.reservations.remove(held.token)
	defer k.gone()
	if out.open() != nil {
		return
	}
	k.watch()
	go k.flush()
	keepAlive := time.NewTicker(s.opts.Timeouts.KeepAlive)
	defer keepAlive.Stop()
	for {
		select {
		case <-running.Done():
			return
		case <-out.over:
			return
		case <-keepAlive.C:
			k.remark(events{}.alive())
		}
	}
}

// beginReserved begins an operation. Its id is in the request's extensions.
func (s *Server) beginReserved(w http.ResponseWriter, r *http.Request, held *reservation) error {
	request, err := s.decode(w, r)
	if err != nil {
		return err
	}
	var extensions struct {
		OperationID string `json:"operationId"`
	}
	if len(request.Extensions) > 0 && json.Unmarshal(request.Extensions, &extensions) != nil || extensions.OperationID == "" {
		return badRequest("The request has no %q in its extensions, which names the operation in the stream.", "operationId")
	}
	k := held.socket
	k.mu.Lock()
	_, running := k.calls[extensions.OperationID]
	k.mu.Unlock()
	if running {
		return fault.New(fault.Conflict, "An operation with the id %q runs in this stream already.", extensions.OperationID)
	}
	noted(r.Context()).name = request.OperationName
	noted(r.Context()).kind = operation.Subscription.String()
	k.beginAs(caller.Carry(k.ctx, r.Context()), s.forwarded(r.Context(), r.Header, nil), extensions.OperationID, request)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// eventWire carries the messages of a socket in a stream of events, once it is
// there.
type eventWire struct {
	mu     sync.Mutex
	out    *eventStream
	closed bool
}

var errNotOpen = errors.New("the stream is not open")

func (e *eventWire) take(out *eventStream) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.out != nil || e.closed {
		return false
	}
	e.out = out
	return true
}

func (e *eventWire) stream() *eventStream {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.out
}

// taken tells whether the stream is open; if not, it never will be.
func (e *eventWire) taken() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = e.out == nil
	return !e.closed
}

func (e *eventWire) open(to []byte) []byte { return to }

func (e *eventWire) seal(to []byte, _ int) []byte { return to }

func (e *eventWire) prompt() bool { return false }

func (e *eventWire) try([]byte, *attempt) (int, error) { return 0, nil }

func (e *eventWire) send(data []byte, _ time.Duration) error {
	if out := e.stream(); out != nil {
		return out.write(data)
	}
	return errNotOpen
}

func (e *eventWire) ping() []byte { return nil }

func (e *eventWire) expect(time.Duration) {}

// part ends the stream; a client that may comes back.
func (e *eventWire) part(int, string) {
	if out := e.stream(); out != nil {
		out.drain()
	}
}

func (e *eventWire) cut() {
	if out := e.stream(); out != nil {
		out.abort()
	}
}

func (e *eventWire) transport() string { return "sse" }
