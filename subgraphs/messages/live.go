package messages

import (
	"context"
	"encoding/json"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/membership"
	"heddle/internal/subgraph"
)

// tellTimeout bounds how long a mutation waits for a Redis that does not answer.
const tellTimeout = 2 * time.Second

func topic(room string) string { return "messages." + room }

// tell publishes what happened. It is kept already, so a Redis that does not
// answer must not fail the mutation: readers see from the next number that they
// missed one, and read again once they have their connection back.
func (r *Resolvers) tell(ctx context.Context, room string, h Happening) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	payload, err := json.Marshal(h)
	if err == nil {
		err = r.Live.Publish(ctx, topic(room), payload)
	}
	if err != nil {
		r.Log.WarnContext(ctx, "something happened in a room, but nobody was told", "room", room, "error", err)
	}
}

type subscription struct{ *Resolvers }

// Subscription answers the fields of Subscription.
func (r *Resolvers) Subscription() subscription { return subscription{r} }

func (s subscription) MessageCreated(ctx context.Context, roomID string) (<-chan *Message, error) {
	return follow(ctx, s.Resolvers, roomID, func(h Happening) *Message { return h.Message })
}

func (s subscription) MessageDeleted(ctx context.Context, roomID string) (<-chan *MessageDeletion, error) {
	return follow(ctx, s.Resolvers, roomID, func(h Happening) *MessageDeletion {
		if h.Deleted == "" {
			return nil
		}
		return &MessageDeletion{DeletedMessageID: h.Deleted, Room: &Room{ID: roomID}}
	})
}

// follow gives what pick makes of each happening in the room from now on, nil
// for what is left out.
func follow[T any](ctx context.Context, r *Resolvers, roomID string, pick func(Happening) *T) (<-chan *T, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	l, err := r.listen(ctx, c.ID, roomID)
	if err != nil {
		return nil, err
	}
	heard := make(chan *T)
	go func() {
		defer close(heard)
		defer l.signals.Close()
		l.run(ctx, func(h Happening) error {
			event := pick(h)
			if event == nil {
				return nil
			}
			l.audience.SendsAt(h.Number)
			select {
			case heard <- event:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return heard, nil
}

// listen listens to a room for a person. It listens before it looks where the
// room stands and whether the person may, so that nothing falls between.
func (r *Resolvers) listen(ctx context.Context, person, room string) (*listener, error) {
	signals, err := r.Live.Subscribe(ctx, topic(room), membership.Topic(room))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "Live messages are not available now. Try again.")
	}
	l := &listener{Resolvers: r, person: person, room: room, signals: signals, audience: subgraph.AudienceOf(ctx)}
	l.read = func(after, upTo int64, each func(Happening) error) error { return l.missed(ctx, after, upTo, each) }
	if l.last, err = l.stand(ctx); err != nil {
		signals.Close()
		return nil, err
	}
	l.begins = l.last
	if after, asked := l.audience.After(); asked && after <= l.last && l.last-after <= readAtOnce {
		l.audience.Resumes()
		l.last = after
	}
	return l, nil
}
