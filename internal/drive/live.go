package drive

import (
	"context"
	"errors"
	"fmt"
)

// Listening is a subscription that somebody follows, whatever carries it.
type Listening struct {
	events chan Answer   // each response, in order
	done   chan struct{} // closed after the last event
	end    error         // nil if the server completed the subscription; read after done
	stop   func()
}

// ErrSilent is the error of Next when the context has ended without an event.
var ErrSilent = errors.New("nothing was heard")

// ErrOver is the error of Next when the subscription has been completed.
var ErrOver = errors.New("the subscription is over")

func newListening(stop func()) *Listening {
	return &Listening{events: make(chan Answer, 4096), done: make(chan struct{}), stop: stop}
}

func (l *Listening) finish(err error) {
	l.end = err
	close(l.done)
}

// Next waits for the next event.
func (l *Listening) Next(ctx context.Context) (Answer, error) {
	select {
	case a := <-l.events:
		return a, nil
	default:
	}
	select {
	case a := <-l.events:
		return a, nil
	case <-l.done:
		select {
		case a := <-l.events: // came just before the end
			return a, nil
		default:
		}
		if l.end != nil {
			return Answer{}, fmt.Errorf("the subscription broke off: %w", l.end)
		}
		return Answer{}, ErrOver
	case <-ctx.Done():
		return Answer{}, ErrSilent
	}
}

// Over waits until the server has completed the subscription, and returns the
// events that came before.
func (l *Listening) Over(ctx context.Context) ([]Answer, error) {
	var rest []Answer
	for {
		a, err := l.Next(ctx)
		if errors.Is(err, ErrOver) {
			return rest, nil
		}
		if err != nil {
			return rest, err
		}
		rest = append(rest, a)
	}
}

// Stop unsubscribes.
func (l *Listening) Stop() { l.stop() }
