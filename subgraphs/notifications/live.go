package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/live"
)

const (
	// tellTimeout bounds how long a Redis that does not answer is waited for.
	tellTimeout = 2 * time.Second
	// readAtOnce is how much a listener that missed something reads at once.
	readAtOnce = 200
)

func topic(person string) string { return "notifications." + person }

// tell publishes what a person was told. It is kept already, so a Redis that does
// not answer changes nothing: listeners see from the next number that they missed
// one, and read again once they have their connection back.
func (r *Resolvers) tell(ctx context.Context, n *Notification) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	payload, err := json.Marshal(n)
	if err == nil {
		err = r.Live.Publish(ctx, topic(n.PersonID), payload)
	}
	if err != nil {
		r.Log.WarnContext(ctx, "a person was told something, but their listeners were not", "notification", n.ID, "error", err)
	}
}

type subscription struct{ *Resolvers }

// Subscription answers the fields of Subscription.
func (r *Resolvers) Subscription() subscription { return subscription{r} }

// NotificationReceived listens before it looks what the person was told last, so
// that nothing falls between.
func (s subscription) NotificationReceived(ctx context.Context) (<-chan *Notification, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	signals, err := s.Live.Subscribe(ctx, topic(c.ID))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "Live notifications are not available now. Try again.")
	}
	last, err := s.Store.Last(ctx, c.ID)
	if err != nil {
		signals.Close()
		return nil, err
	}
	heard := make(chan *Notification)
	go func() {
		defer close(heard)
		defer signals.Close()
		l := &listener{Resolvers: s.Resolvers, person: c.ID, last: last, heard: heard}
		if err := l.run(ctx, signals); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "ended a listener", "person", c.ID, "error", err)
		}
	}()
	return heard, nil
}

// listener hears what one person is told. Numbers are without gaps and are
// committed in order, so what was published twice, out of order or not at all is
// seen from them alone.
type listener struct {
	*Resolvers
	person string
	last   int64 // the number up to which everything was heard
	heard  chan<- *Notification
}

func (l *listener) run(ctx context.Context, signals *live.Subscription) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case signal, ok := <-signals.C():
			if !ok {
				return nil
			}
			if err := l.take(ctx, signal); err != nil {
				return err
			}
		}
	}
}

func (l *listener) take(ctx context.Context, signal live.Signal) error {
	if signal.Reconnected {
		last, err := l.Store.Last(ctx, l.person)
		if err != nil {
			return err
		}
		return l.catchUp(ctx, last)
	}
	var n Notification
	if err := json.Unmarshal(signal.Payload, &n); err != nil {
		return fmt.Errorf("read what %s was told: %w", l.person, err)
	}
	switch {
	case n.Number <= l.last:
		return nil
	case n.Number == l.last+1:
		l.last = n.Number
		return l.hear(ctx, &n)
	}
	return l.catchUp(ctx, n.Number)
}

// catchUp reads what was not heard, up to the number. What is erased since is
// left out.
func (l *listener) catchUp(ctx context.Context, upTo int64) error {
	for l.last < upTo {
		missed, err := l.Store.Between(ctx, l.person, l.last, upTo, readAtOnce)
		if err != nil {
			return err
		}
		for _, n := range missed {
			if err := l.hear(ctx, n); err != nil {
				return err
			}
			l.last = n.Number
		}
		if len(missed) < readAtOnce {
			l.last = upTo
		}
	}
	return nil
}

func (l *listener) hear(ctx context.Context, n *Notification) error {
	select {
	case l.heard <- n:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
