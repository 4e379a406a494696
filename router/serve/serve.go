// Package serve knows how clients talk to the endpoint: GraphQL over HTTP, over
// WebSocket and over server-sent events, and what surrounds them: origins,
// health, the playground and the access log. It takes calls in and writes
// answers out; what happens between is the Walk's.
package serve

import (
	"log/slog"
	"net/http"
	"time"

	"heddle/internal/caller"
	"heddle/internal/trace"
)

// Options are what an endpoint can be told. The zero value works.
type Options struct {
	// Callers verifies access tokens; nil asks for none.
	Callers *caller.Verifier
	// Log gets a line per operation, and what clients must not see. Let its
	// handler be a trace.Handler, so that each line names its request.
	Log *slog.Logger
	// ForwardHeaders are the headers that travel to the subgraphs beside
	// Authorization, X-Request-Id, traceparent and tracestate.
	ForwardHeaders []string
	// AddressHeader is the header in which a proxy in front of the endpoint says
	// where a client is, such as "X-Forwarded-For"; its last address counts.
	// Empty: the connection tells. Name none that clients could set themselves.
	AddressHeader string
	// Origins are the origins of other sites whose pages may use the endpoint,
	// such as "https://app.example.com"; "*" stands for all.
	Origins []string
	// Extra are handlers of the same origin, by path.
	Extra map[string]http.Handler
	// Detail is what /readyz says beside "ready", as lines; nil says nothing.
	Detail   func() string
	Limits   Limits
	Timeouts Timeouts
}

// Limits bound what one client may ask for. A zero field means its default.
type Limits struct {
	Body       int64 // bytes of an HTTP request; default 1 MiB
	KnownBody  int64 // the same of a caller with a token, where that is more; default 16 MiB
	Message    int64 // bytes of a WebSocket message; default 1 MiB
	Operations int   // running at once on one WebSocket; default 100
	// Subscriptions are those of one person on all connections together, or of one
	// address for callers who are not known; default 1,000, less than 0 any number.
	Subscriptions int
	Files         int   // in one multipart request; default 10
	FileSize      int64 // bytes of one of them; default 100 MiB
}

// Timeouts bound how long things may take. A zero field means its default.
type Timeouts struct {
	Operation time.Duration // of a query or mutation; default 60 s
	Upload    time.Duration // of one that files come with; default 10 min
	Init      time.Duration // until a WebSocket's connection_init; default 10 s
	KeepAlive time.Duration // between signs of life on an idle stream; default 15 s
	Write     time.Duration // until a client has taken one message; default 15 s
	Revoked   time.Duration // until it is noticed that the session of a live connection has ended; default 2 s
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Limits.Body = or(o.Limits.Body, 1<<20)
	o.Limits.KnownBody = or(o.Limits.KnownBody, 16<<20)
	o.Limits.Message = or(o.Limits.Message, 1<<20)
	o.Limits.Operations = or(o.Limits.Operations, 100)
	o.Limits.Subscriptions = or(o.Limits.Subscriptions, 1000)
	o.Limits.Files = or(o.Limits.Files, 10)
	o.Limits.FileSize = or(o.Limits.FileSize, 100<<20)
	o.Timeouts.Operation = or(o.Timeouts.Operation, 60*time.Second)
	o.Timeouts.Upload = or(o.Timeouts.Upload, 10*time.Minute)
	o.Timeouts.Init = or(o.Timeouts.Init, 10*time.Second)
	o.Timeouts.KeepAlive = or(o.Timeouts.KeepAlive, 15*time.Second)
	o.Timeouts.Write = or(o.Timeouts.Write, 15*time.Second)
	o.Timeouts.Revoked = or(o.Timeouts.Revoked, 2*time.Second)
	return o
}

func or[T int | int64 | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// Server is the endpoint with all that surrounds it.
type Server struct {
	opts    Options
	walk    Walk
	origins origins
	forward []string
	streams streams
	writers writers
	quota   quota
	// sessions are those that live connections depend on, reservations the streams
	// of events that were announced.
	sessions     sessions
	reservations reservations
	handler      http.Handler
}

// New makes an endpoint that answers calls by the walk.
func New(walk Walk, opts Options) *Server {
	s := &Server{opts: opts.withDefaults(), walk: walk, origins: newOrigins(opts.Origins)}
	s.quota.most = s.opts.Limits.Subscriptions
	s.sessions = sessions{callers: opts.Callers, every: s.opts.Timeouts.Revoked, log: s.opts.Log}
	s.forward = append(append(s.forward, alwaysForwarded...), opts.ForwardHeaders...)
	mux := http.NewServeMux()
	mux.Handle("/graphql", s.logged(s.origins.share(http.HandlerFunc(s.endpoint))))
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("/", playground())
	for path, handler := range opts.Extra {
		mux.Handle(path, handler)
	}
	s.handler = trace.Middleware(s.guarded(mux))
	return s
}

// ServeHTTP answers one HTTP request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
