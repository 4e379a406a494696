package events

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/run"
)

// RepeatableHandler has the effect of an event, which it may have several times
// over: doing it again must change nothing.
type RepeatableHandler func(ctx context.Context, e Event) error

// Repeatable listens to events for a domain that has no database to record them
// in: its handlers bear repetition. The domain's processes share the events. One
// that fails is tried again with growing pauses, and buried after the last try.
// The configuration needs no pool, and its own handlers do not count.
func Repeatable(c Config, handlers map[string]RepeatableHandler) run.Service {
	l := listener{Config: c.withDefaults()}
	l.Handlers = map[string]Handler{} // for the subjects alone
	for _, kind := range slices.Sorted(maps.Keys(handlers)) {
		l.Handlers[kind] = nil
	}
	return run.Background(func(ctx context.Context) error {
		for failures := 1; ctx.Err() == nil; failures++ {
			err := l.listenRepeatedly(ctx, handlers)
			if ctx.Err() == nil {
				l.Log.Warn("handling events was interrupted; trying again", "error", err)
				wait(ctx, l.pause(min(failures, 5)))
			}
		}
		return nil
	})
}

func (l listener) listenRepeatedly(ctx context.Context, handlers map[string]RepeatableHandler) error {
	js, err := bus(ctx, l.NATS)
	if err != nil {
		return err
	}
	consumer, err := js.CreateOrUpdateConsumer(ctx, Stream, jetstream.ConsumerConfig{
		Durable: l.Domain, FilterSubjects: l.subjects(), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: patience, MaxDeliver: -1, MaxAckPending: 1024,
	})
	if err != nil {
		return fmt.Errorf("make consumer %s: %w", l.Domain, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(ahead))
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	for {
		msg, err := messages.Next()
		if err != nil {
			messages.Stop()
			return err
		}
		if err := l.repeat(ctx, js, msg, handlers); err != nil && ctx.Err() == nil {
			l.Log.Warn("an event could not be settled; it will come again", "error", err)
		}
	}
}

// repeat handles one message and tells the stream how that went.
func (l listener) repeat(ctx context.Context, js jetstream.JetStream, msg jetstream.Msg, handlers map[string]RepeatableHandler) error {
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	tries := int(min(meta.NumDelivered, 1<<16))
	var e Event
	why := json.Unmarshal(msg.Data(), &e)
	if handler := handlers[e.Type]; why == nil && handler != nil {
		why = guarded(func() error { return handler(e.Within(ctx), e) })
	}
	switch {
	case why == nil:
		return msg.DoubleAck(ctx)
	case ctx.Err() != nil:
		return msg.Nak()
	case tries < l.Tries:
		l.Log.WarnContext(ctx, "an event could not be handled; trying again", "event", e.ID, "type", e.Type, "tries", tries, "error", why)
		return msg.NakWithDelay(l.pause(tries))
	}
	if err := l.bury(ctx, js, msg, why, tries); err != nil {
		return err
	}
	return msg.TermWithReason("moved to " + DeadLetters)
}
