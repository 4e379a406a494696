package serve

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/router/operation"
	"heddle/router/subscribe"
)

// stream answers with a stream of responses: server-sent events as graphql-sse has
// them in distinct connections mode, or the parts of a multipart answer.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, call Call, as framing) {
	running, stop := context.WithCancel(r.Context())
	defer stop()
	r = r.WithContext(running)
	out := newEventStream(w, s.opts.Timeouts.Write, stop, as)
	if !s.streams.add(out) {
		s.refuse(w, r, accepted{media: mediaJSON}, errDraining)
		return
	}
	defer s.streams.remove(out)

	wake := make(chan struct{}, 1)
	client := readInformed(call.Request.Extensions)
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		client.after = last
	}
	call.Live = client.joining(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	call.Allow = func(kind operation.Kind) error { return allowMethod(r.Method, kind) }
	call.Request.Incremental = true
	ctx, cancel := context.WithTimeout(r.Context(), s.opts.Timeouts.Operation)
	defer cancel()
	answer, err := s.run(ctx, call)
	n := noted(r.Context())
	n.transport = as.name()
	n.operation(call.Request, answer)
	switch {
	case err != nil:
		s.refuseStream(w, r, out, err)
	case answer.Live == nil:
		out.parts(answer, n)
	default:
		out.wants = client.wants
		ended := s.follow(r.Context(), out, answer.Live, wake)
		if comesBack := client.wants || r.Method == http.MethodGet; comesBack && !ended { // an EventSource does by itself
			answer.Live.Lose()
		} else {
			answer.Live.Leave()
		}
	}
}

// refuseStream reports errors in the document through the stream, as the
// protocol asks, and everything else by the status.
func (s *Server) refuseStream(w http.ResponseWriter, r *http.Request, out *eventStream, err error) {
	f := explain(err)
	if f.always || !out.as.refuses() {
		s.refuse(w, r, accepted{media: mediaJSON}, err)
		return
	}
	noted(r.Context()).failed(len(f.errors))
	out.once(subscribe.EncodeResponse(f.errors))
}

var (
	errExpired = fault.New(fault.Unauthenticated, "The access token has expired. Subscribe again with a new one.")
	errEnded   = fault.New(fault.Unauthenticated, "The session of the access token has ended. Sign in again.")
)

// follow writes what a subscription brings, until either side ends it. It tells
// whether it was ended in good order, and not because the client was lost.
func (s *Server) follow(ctx context.Context, out *eventStream, live *subscribe.Subscription, wake <-chan struct{}) (ended bool) {
	if out.open() != nil {
		return false
	}
	keepAlive := time.NewTicker(s.opts.Timeouts.KeepAlive)
	defer keepAlive.Stop()
	expired, stop := expiry(ctx)
	defer stop()
	c, _ := caller.From(ctx)
	s.sessions.add(c.Session, out)
	defer s.sessions.remove(c.Session, out)
	for more := true; more; {
		var err error
		select {
		case <-ctx.Done():
			return false
		case <-out.over:
			return true // without a complete event: the client may connect again
		case <-expired:
			more, err = false, out.fail(ctx, errExpired)
		case <-out.ended:
			more, err = false, out.fail(ctx, errEnded)
		case <-keepAlive.C:
			err = out.write(out.as.alive())
		case <-wake:
			more, err = out.forward(ctx, live)
		}
		if err != nil {
			return false
		}
	}
	return true
}

// expiry tells when the caller's token expires; never, if there is none.
func expiry(ctx context.Context) (<-chan time.Time, func() bool) {
	c, known := caller.From(ctx)
	if !known || c.ExpiresAt.IsZero() {
		return nil, func() bool { return true }
	}
	timer := time.NewTimer(time.Until(c.ExpiresAt))
	return timer.C, timer.Stop
}

// eventStream writes a stream of responses.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	patient time.Duration
	over    chan struct{} // closed when the server drains
	closed  func()
	cut     atomic.Bool // nothing more is written
	stop    func()      // ends what runs
	wants   bool        // cursors in extensions
	as      framing
	ended   chan struct{} // closed when the token's session is over
	revoke  func()
}

func newEventStream(w http.ResponseWriter, patient time.Duration, stop func(), as framing) *eventStream {
	out := &eventStream{
		w: w, control: http.NewResponseController(w), patient: patient, stop: stop, as: as,
		over: make(chan struct{}), ended: make(chan struct{}),
	}
	out.closed = sync.OnceFunc(func() { close(out.over) })
	out.revoke = sync.OnceFunc(func() { close(out.ended) })
	return out
}

func (o *eventStream) revoked() { o.revoke() }

func (o *eventStream) drain() { o.closed() }
func (o *eventStream) abort() {
	o.cut.Store(true)
	o.closed()
	o.stop()
	_ = o.control.SetWriteDeadline(time.Unix(1, 0)) // frees a write that waits for the client
}

// open sends the header at once, so that the client knows it is heard.
func (o *eventStream) open() error {
	header := o.w.Header()
	header.Set("Content-Type", o.as.media())
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no") // for proxies that would hold events back
	header.Add("Vary", "Accept")
	o.w.WriteHeader(http.StatusOK)
	return o.write(o.as.begin())
}

// once is a stream of one response.
func (o *eventStream) once(body []byte) {
	if o.open() == nil {
		_ = o.last(body) // the client may be gone: there is nobody to tell
	}
}

// parts is a stream of the parts of one response; of one event, if it is whole.
func (o *eventStream) parts(answer Answer, n *note) {
	n.failed(countPartErrors(answer.Body))
	if answer.Rest == nil {
		o.once(answer.Body)
		return
	}
	err := o.open()
	if err == nil {
		err = o.write(o.as.next(nil, subscribe.Message{Body: answer.Body}, false))
	}
	if err == nil {
		err = answer.Rest(func(part []byte) error {
			n.failed(countPartErrors(part))
			return o.write(o.as.next(nil, subscribe.Message{Body: part}, false))
		})
	}
	if err == nil {
		_ = o.write(o.as.complete(nil)) // the client may be gone: there is nobody to tell
	}
}

func (o *eventStream) last(body []byte) error {
	return o.write(o.as.complete(o.as.next(nil, subscribe.Message{Body: body}, false)))
}

// fail says why there will be no more.
func (o *eventStream) fail(ctx context.Context, err error) error {
	noted(ctx).failed(1)
	return o.write(o.as.failed(nil, subscribe.Encode(subscribe.Errors(err))))
}

// forward writes all that waits, and tells whether more may come.
func (o *eventStream) forward(ctx context.Context, live *subscribe.Subscription) (more bool, err error) {
	for {
		m, waits := live.Next()
		if !waits {
			return true, nil
		}
		switch m.Kind {
		case subscribe.Next:
			err = o.write(o.as.next(nil, m, o.wants))
		case subscribe.Failed:
			noted(ctx).failed(1)
			return false, o.write(o.as.failed(nil, m.Body))
		case subscribe.Complete:
			return false, o.write(o.as.complete(nil))
		}
		if err != nil {
			return false, err
		}
	}
}

func (o *eventStream) write(p []byte) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(o.patient)) // not every ResponseWriter can
	if o.cut.Load() {
		return errDraining
	}
	defer func() { _ = o.control.SetWriteDeadline(time.Time{}) }()
	if _, err := o.w.Write(p); err != nil {
		return err
	}
	return o.control.Flush()
}
