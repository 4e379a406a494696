package execute

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// Source opens the upstream event stream of a subscription; extensions go with
// the request, as JSON, nil for none. It calls opened once the subgraph has been
// asked, and deliver once per event, and returns when the stream has ended: nil
// when the subgraph completed it.
func (g *Graph) Source(ctx context.Context, p *Prepared, header http.Header, extensions []byte, opened func(), deliver func(event []byte) error) error {
	ctx = fetch.WhenOpen(ctx, opened)
	trigger := p.plan.Trigger
	if trigger == nil {
		return g.sourceless(p, deliver)
	}
	x := g.newRun(ctx, p, header)
	body := withExtensions(x.request(trigger).body, extensions)
	x.release()
	subscriber, ok := g.fetchers[trigger.Subgraph].(fetch.Subscriber)
	if !ok {
		return fmt.Errorf("subgraph %q cannot be subscribed to", trigger.Subgraph)
	}
	return subscriber.Subscribe(ctx, fetch.Request{Body: body, Header: header, Limit: g.opts.SubgraphResponse}, deliver)
}

// withExtensions is a request with extensions beside what it has.
func withExtensions(body, extensions []byte) []byte {
	if extensions == nil {
		return body
	}
	whole := append([]byte(nil), body[:len(body)-1]...) // an object, to which a member is added
	whole = append(append(whole, `,"extensions":`...), extensions...)
	return append(whole, '}')
}

// Identity is everything that the response to an event depends on, beside the
// event and the headers.
func (p *Prepared) Identity() string {
	return string(p.appendValues(append([]byte(p.written), 0)))
}

// Trigger is what is sent to open the stream, and to whom: as long as it is the
// same, so is the stream.
func (g *Graph) Trigger(p *Prepared) string {
	trigger := p.plan.Trigger
	if trigger == nil {
		return ""
	}
	x := g.newRun(context.Background(), p, nil)
	body := x.request(trigger).body
	x.release()
	return fmt.Sprintf("%s %p %s", trigger.Subgraph, g.fetchers[trigger.Subgraph], body)
}

// Live is how the events of a subscription are delivered.
func (g *Graph) Live(p *Prepared) supergraph.Live { return g.super.Live(p.root) }

// Common tells whether the response to an event is the same for everybody who may
// hear it: every field below the first is @common.
func (g *Graph) Common(p *Prepared) bool { return p.common }

// sourceless is the stream of a subscription whose root field the caller may
// not see: one event, in which the field is denied.
func (g *Graph) sourceless(p *Prepared, deliver func(event []byte) error) error {
	if p.Kind() != operation.Subscription {
		return errors.New("only a subscription has a source")
	}
	return deliver([]byte(`{"data":{}}`))
}

// Event completes one event of a subscription to one response.
func (g *Graph) Event(ctx context.Context, p *Prepared, header http.Header, event []byte) ([]byte, error) {
	x := g.newRun(ctx, p, header)
	return x.answer(func() {
		if trigger := p.plan.Trigger; trigger != nil {
			x.absorb(trigger, question{targets: targets{{x.root}}}, fetch.Response{Body: event, Status: http.StatusOK})
		}
	})
}
