package subgraph

import (
	"context"
	"encoding/json"
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
	after *int64 // where the router's stream stood

	mu      sync.Mutex
	notices []notice
	news    chan struct{}
	shared  bool
	places  []*int64 // of the events that were sent and not given yet; nil for none
	sent    int      // events, of which the resolver said so
	given   int      // events
}

// notice is said once so many events were given.
type notice struct {
	after int
	words map[string]any
}

type audienceKey struct{}

// AudienceOf is who hears the stream that the resolver is about to give, before
// it says with whom it is shared; nil when the router did not ask.
func AudienceOf(ctx context.Context) *Audience {
	a, _ := ctx.Value(audienceKey{}).(*Audience)
	return a
}

// Share says that the stream which the resolver is about to give is the same for
// everybody who is let into the scope, such as "room 7": the caller has been. The
// resolver then tells of everybody who may hear no more, not of the caller alone.
// The result is nil when the router did not ask.
func Share(ctx context.Context, scope string) *Audience {
	a := AudienceOf(ctx)
	a.share(map[string]any{"scope": scope})
	return a
}

// Share is Share, once the caller was given what each gets for themselves.
func (a *Audience) Share(scope string) { a.share(map[string]any{"scope": scope}) }

// ShareAt is Share for a stream that counts its events, and stands at the number.
func (a *Audience) ShareAt(scope string, number int64) {
	a.share(map[string]any{"scope": scope, "at": number})
}

func (a *Audience) share(words map[string]any) {
	if a != nil {
		a.shared = true
		a.tell(words)
	}
}

// After is the number at which an earlier stream of the router stood, if it had
// one: it asks for what came after it.
func (a *Audience) After() (number int64, asked bool) {
	if a == nil || a.after == nil {
		return 0, false
	}
	return *a.after, true
}

// Resumes says that the stream begins after the number that was asked for, and
// leaves nothing out.
func (a *Audience) Resumes() {
	if number, asked := a.After(); asked {
		a.tell(map[string]any{"from": number})
	}
}

// Sends says that an event is about to be sent: what is told from then on comes
// after it.
func (a *Audience) Sends() { a.sends(nil) }

// SendsAt is Sends for an event after which the stream stands at the number, which
// grows with each, and is the same in every process.
func (a *Audience) SendsAt(number int64) { a.sends(&number) }

func (a *Audience) sends(place *int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent++
	a.places = append(a.places, place)
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

func (a *Audience) tell(words map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notices = append(a.notices, notice{a.sent, words})
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// next is the oldest notice whose turn it is, as a response without data.
func (a *Audience) next() *graphql.Response {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.notices) == 0 || a.notices[0].after > a.given {
		return nil
	}
	words := a.notices[0].words
	a.notices = a.notices[1:]
	return &graphql.Response{Extensions: map[string]any{"live": words}}
}

// placed is an event with where the stream stands after it.
func (a *Audience) placed(event *graphql.Response) *graphql.Response {
	a.mu.Lock()
	defer a.mu.Unlock()
	if event == nil || len(a.places) == 0 {
		return event
	}
	a.given++
	place := a.places[0]
	a.places = a.places[1:]
	if place != nil {
		if event.Extensions == nil {
			event.Extensions = map[string]any{}
		}
		event.Extensions["live"] = map[string]any{"at": *place}
	}
	return event
}

// sharing puts the notices of a stream between its events.
func sharing(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil || op.Operation.Operation != ast.Subscription || !asksToShare(op.Headers) {
		return next(ctx)
	}
	a := &Audience{news: make(chan struct{}, 1), after: readAfter(op.Extensions)}
	return a.between(next(context.WithValue(ctx, audienceKey{}, a)))
}

// readAfter is where a request says that an earlier stream stood.
func readAfter(extensions map[string]any) *int64 {
	said, _ := extensions["live"].(map[string]any)
	var number int64
	switch after := said["after"].(type) { // as the transport reads numbers
	case json.Number:
		n, err := after.Int64()
		if err != nil {
			return nil
		}
		number = n
	case float64:
		number = int64(after)
	default:
		return nil
	}
	if number < 0 {
		return nil
	}
	return &number
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
				return a.placed(held)
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
