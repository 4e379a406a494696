package serve

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"heddle/internal/caller"
	"heddle/router/operation"
	"heddle/router/subscribe"
)

// note collects what the access log says of one operation: never its text, its
// variables or a token.
type note struct {
	transport string
	name      string
	kind      string
	errors    int
}

type noteKey struct{}

func withNote(ctx context.Context, n *note) context.Context {
	return context.WithValue(ctx, noteKey{}, n)
}

// noted is the note of the request, or one that nobody reads.
func noted(ctx context.Context) *note {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

func (n *note) operation(request operation.Request, answer Answer) {
	n.name, n.kind = answer.Name, answer.Kind.String()
	if n.name == "" {
		n.name = request.OperationName
	}
}

func (n *note) failed(errors int) { n.errors += errors }

// line writes the note.
func (s *Server) line(ctx context.Context, n *note, status int, began time.Time) {
	attributes := []slog.Attr{
		slog.String("transport", n.transport),
		slog.String("kind", n.kind),
		slog.String("name", clip(n.name)),
		slog.Float64("ms", float64(time.Since(began).Microseconds())/1000),
		slog.Int("errors", n.errors),
	}
	if status != 0 {
		attributes = append(attributes, slog.Int("status", status))
	}
	if id := caller.ID(ctx); id != "" {
		attributes = append(attributes, slog.String("caller", id))
	}
	s.opts.Log.LogAttrs(ctx, slog.LevelInfo, "operation", attributes...)
}

// clip keeps a client's name for its operation from filling the log.
func clip(name string) string {
	if len(name) > 100 {
		return name[:100]
	}
	return name
}

// logged writes a line for each request to next. A WebSocket writes its own.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, n := time.Now(), &note{transport: "http"}
		rec := &recorder{ResponseWriter: w}
		r = r.WithContext(withNote(r.Context(), n))
		defer func() {
			if !rec.hijacked && r.Method != http.MethodOptions {
				s.line(r.Context(), n, rec.status, began)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// guarded turns a panic into an answer, so that the server stays up.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			s.panicked(r.Context(), p)
			if rec.status != 0 || rec.hijacked {
				panic(http.ErrAbortHandler) // too late for an answer
			}
			writeBody(w, mediaJSON, http.StatusInternalServerError, subscribe.EncodeResponse(subscribe.Errors(errPanic)))
		}()
		next.ServeHTTP(rec, r)
	})
}

var errPanic = errors.New("panic")

func (s *Server) panicked(ctx context.Context, p any) {
	s.opts.Log.ErrorContext(ctx, "panic", "panic", p, "stack", string(debug.Stack()))
}

// recorder notices what becomes of a response.
type recorder struct {
	http.ResponseWriter
	status   int
	hijacked bool
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Hijack is for the WebSocket library, which does not unwrap.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	r.hijacked = err == nil
	return conn, rw, err
}
