// Package trace knows the ids that tie together what one request causes in the
// router, the subgraphs, their events and their logs: the request's own, and the
// trace that it is part of.
package trace

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/google/uuid"
)

// Header carries the request id over HTTP, in both directions.
const Header = "X-Request-Id"

// maxLength bounds an id that a client brings along, in bytes.
const maxLength = 128

type key struct{}

// ids are what a context carries: contexts live as long as a connection, and
// there are many.
type ids struct{ request, parent string }

func from(ctx context.Context) ids {
	carried, _ := ctx.Value(key{}).(ids)
	return carried
}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string { return from(ctx).request }

// WithRequestID returns a context that carries the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return With(ctx, id, Parent(ctx))
}

// With returns a context that carries the id and belongs to the trace.
func With(ctx context.Context, id, parent string) context.Context {
	return context.WithValue(ctx, key{}, ids{id, parent})
}

// NewRequestID makes an id (a UUIDv7).
func NewRequestID() string { return uuid.Must(uuid.NewV7()).String() }

// Accept returns the id if it is one that may stand in logs and headers
// (1 to 128 letters, digits, or any of - _ . :), and a new one otherwise.
func Accept(id string) string {
	if id == "" || len(id) > maxLength {
		return NewRequestID()
	}
	for _, r := range id {
		if !plain(r) {
			return NewRequestID()
		}
	}
	return id
}

func plain(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	return r == '-' || r == '_' || r == '.' || r == ':'
}

// Middleware gives every request an id and a trace: the client's own if they are
// well formed. The answer carries the id too.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := Accept(r.Header.Get(Header))
		w.Header().Set(Header, id)
		ctx := With(r.Context(), id, AcceptParent(r.Header.Get(ParentHeader)))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Handler wraps a slog handler so that every record says which request it
// belongs to.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	if id := RequestID(ctx); id != "" {
		record = record.Clone()
		record.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name)}
}
