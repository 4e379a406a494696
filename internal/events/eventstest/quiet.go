// Package eventstest knows whether events are on their way, for tests that look
// at what is there when all have arrived.
package eventstest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/await"
	"heddle/internal/events"
)

// Stores are those that events travel through, by their URLs.
type Stores struct {
	Postgres string
	Prefix   string // begins the names of the databases that count; all count if empty
	Mongo    string // empty if there is none
	NATS     string
}

// Quiet waits until no event is on its way to one of the listeners, named as
// their domains: none waits in an outbox, none in the stream, and none is being
// handled; nor is any that was published by handling one. A listener that has
// not begun to listen is waited for. What domains do beside events, such as
// jobs, may go on.
func (s Stores) Quiet(t testing.TB, listeners ...string) {
	t.Helper()
	conn, err := nats.Connect(s.NATS)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	bus, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	boxes, err := s.outboxes(t.Context())
	defer func() {
		if err := boxes.close(); err != nil {
			t.Error(err)
		}
	}()
	if err != nil {
		t.Fatal(err)
	}
	where := ""
	defer func() {
		if where != "" {
			t.Log("The last look at events on their way: ", where)
		}
	}()
	await.Until(t, "no event is on its way", func() (bool, error) {
		where, err = onTheWay(t.Context(), bus, boxes, listeners)
		return where == "", err
	})
}

// onTheWay tells where events are; nowhere if they all have arrived. What a
// handler publishes is in an outbox before its own event counts as handled, and
// in the stream before it leaves the outbox: so nothing escapes who looks at the
// listeners first, then at the outboxes, and sees that the stream has not grown
// meanwhile.
func onTheWay(ctx context.Context, bus jetstream.JetStream, boxes outboxes, listeners []string) (where string, err error) {
	before, err := length(ctx, bus)
	if err != nil {
		return "", err
	}
	for _, name := range listeners {
		listener, err := bus.Consumer(ctx, events.Stream, name)
		if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
			return name + " does not listen yet", nil
		}
		if err != nil {
			return "", fmt.Errorf("look at consumer %s: %w", name, err)
		}
		if info := listener.CachedInfo(); info.NumPending > 0 || info.NumAckPending > 0 {
			return fmt.Sprintf("%d are to be handed to %s, and it is at %d", info.NumPending, name, info.NumAckPending), nil
		}
	}
	if where, err = boxes.full(ctx); where != "" || err != nil {
		return where, err
	}
	after, err := length(ctx, bus)
	if err == nil && after != before {
		where = "the stream grows"
	}
	return where, err
}

// length is how many events were ever in the stream; 0 if nobody has made it yet.
func length(ctx context.Context, bus jetstream.JetStream) (uint64, error) {
	stream, err := bus.Stream(ctx, events.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at the stream: %w", err)
	}
	return stream.CachedInfo().State.LastSeq, nil
}
