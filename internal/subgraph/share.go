package subgraph

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// shareHeader is sent by a router that would give one stream of events to all
// clients who may see the same. docs/live.md describes what it asks for.
const shareHeader = "Heddle-Live"

// Audience is who hears a stream of events. Only the caller does, unless the
// router asked to share it and the resolver said with whom: then it also tells
// the router who may hear no more. A nil Audience is the caller alone.
type Audience struct {
	mu      sync.Mutex
	notices []map[string]any
	news    chan struct{}
	shared  bool
}

type audienceKey struct{}

// Share says that the stream which the resolver is about to give is the same for
// everybody who is let into the scope, such as "room 7": the caller has been. The
// resolver then tells of everybody who may hear no more, not of the caller alone.
// The result is nil when the router did not ask.
func Share(ctx context.Context, scope string) *Audience {
	a, _ := ctx.Value(audienceKey{}).(*Audience)
	if a != nil {
		a.shared = true
		a.tell(map[string]any{"scope": scope})
	}
	return a
}

// Shared tells whether others than the caller hear the stream.
func (a *Audience) Shared() bool { return a != nil && a.shared }

// Lost tells that these people may hear no more. Nothing that is sent after it
// reaches them.
func (a *Audience) Lost(people ...string) {
	if len(people) > 0 {
		a.tell(map[string]any{"lost": slices.Clone(people)})
	}
}

// Anew asks that everybody's access is looked at again, each for themselves: it
// may have changed without a word. The stream ends after it.
func (a *Audience) Anew() { a.tell(map[string]any{"anew": true}) }

func (a *Audience) tell(notice map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notices = append(a.notices, notice)
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// next is the oldest notice, as a response without data.
func (a *Audience) next() *graphql.Response {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.notices) == 0 {
		return nil
	}
	notice := a.notices[0]
	a.notices = a.notices[1:]
	return &graphql.Response{Extensions: map[string]any{"live": notice}}
}

// sharing puts the notices of a stream between its events.
func sharing(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil || op.Operation.Operation != ast.Subscription || !asksToShare(op.Headers) {
		return next(ctx)
	}
	a := &Audience{news: make(chan struct{}, 1)}
	return a.between(next(context.WithValue(ctx, audienceKey{}, a)))
}

func asksToShare(header http.Header) bool { return header.Get(shareHeader) == "share" }

// between gives a notice before an event that was sent after it, and while there
// is no event.
func (a *Audience) between(events graphql.ResponseHandler) graphql.ResponseHandler {
	results := make(chan *graphql.Response, 1)
	asked := false
	var held *graphql.Response // an event before which notices go
	holds := false
	return func(ctx context.Context) *graphql.Response {
		for {
			if notice := a.next(); notice != nil {
				return notice
			}
			if holds {
				holds = false
				return held
			}
			if !asked {
				asked = true
				go func() { results <- events(ctx) }()
			}
			select {
			case held = <-results:
				asked, holds = false, true
			case <-a.news:
			case <-ctx.Done():
				return nil
			}
		}
	}
}
