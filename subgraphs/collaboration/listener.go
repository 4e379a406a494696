package collaboration

import (
	"context"
	"errors"

	"heddle/internal/live"
	"heddle/internal/membership"
	"heddle/internal/subgraph"
)

// listener hears one topic of a room for one person, for as long as they are in it.
type listener struct {
	*Resolvers
	person  string
	room    string
	topic   string
	signals *live.Subscription
	// audience is who else hears what the person does; nil for nobody.
	audience *subgraph.Audience
}

// errEnded says that the person may hear no more of the room.
var errEnded = errors.New("no longer a participant")

func (l *listener) close() { l.signals.Close() }

// take looks at a signal. What came on the listener's own topic is returned,
// nil otherwise; again says that signals may have been missed, and that the
// person is still in the room.
func (l *listener) take(ctx context.Context, signal live.Signal) (payload []byte, again bool, err error) {
	switch {
	case signal.Reconnected:
		if err := membership.Require(ctx, l.Graph, l.room); err != nil {
			return nil, false, err
		}
		if l.audience.Shared() { // whoever left meanwhile did so unheard
			l.audience.Anew()
		}
		return nil, true, nil
	case signal.Topic == membership.Topic(l.room):
		change, err := membership.ReadChange(signal.Payload)
		if l.audience.Shared() {
			l.audience.Lost(change.Left...)
		}
		if err == nil && change.Ends(l.person) {
			err = errEnded
		}
		return nil, false, err
	}
	return signal.Payload, false, nil
}

// note logs why a listener was ended, where that was not to be expected.
func (l *listener) note(ctx context.Context, err error) {
	if ctx.Err() == nil && !errors.Is(err, errEnded) {
		l.Log.WarnContext(ctx, "ended a listener", "topic", l.topic, "error", err)
	}
}
