package execute

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"heddle/router/fetch"
	"heddle/router/operation"
)

// Source opens the upstream event stream of a subscription. It calls deliver
// once per event and returns when the stream has ended: nil when the subgraph
// completed it.
func (g *Graph) Source(ctx context.Context, p *Prepared, header http.Header, deliver func(event []byte) error) error {
	trigger := p.plan.Trigger
	if trigger == nil {
		return g.sourceless(p, deliver)
	}
	x := g.newRun(ctx, p, header)
	body, _ := x.request(trigger)
	x.release()
	subscriber, ok := g.fetchers[trigger.Subgraph].(fetch.Subscriber)
	if !ok {
		return fmt.Errorf("subgraph %q cannot be subscribed to", trigger.Subgraph)
	}
	return subscriber.Subscribe(ctx, fetch.Request{Body: body, Header: header}, deliver)
}

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
			x.absorb(trigger, targets{{x.root}}, fetch.Response{Body: event, Status: http.StatusOK})
		}
	})
}
