package messages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"heddle/internal/live"
	"heddle/internal/membership"
	"heddle/internal/subgraph"
)

// readAtOnce is how many happenings a reader that missed some reads at once.
const readAtOnce = 500

// listener hears a room for one person, for as long as they are in it.
type listener struct {
	*Resolvers
	follower
	person  string
	room    string
	signals *live.Subscription
	begins  int64 // where the room stood when the person was let in
	// audience is who else hears what the person does.
	audience *subgraph.Audience
}

// errEnded says that the person may hear no more of the room.
var errEnded = errors.New("no longer a participant")

// run hands on what happened since the router's stream was lost, if it was, and
// then what happens, until the person may hear no more, the connection ends, or
// the listener has fallen too far behind.
func (l *listener) run(ctx context.Context, each func(Happening) error) {
	err := l.hear(Happening{Number: l.begins}, each)
	if err == nil {
		l.audience.ShareAt("messages of room "+l.room, l.begins)
	}
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case signal, ok := <-l.signals.C():
			if !ok {
				return
			}
			err = l.take(ctx, signal, each)
		}
	}
	if ctx.Err() == nil && !errors.Is(err, errEnded) {
		l.Log.WarnContext(ctx, "ended a listener", "room", l.room, "error", err)
	}
}

func (l *listener) take(ctx context.Context, signal live.Signal, each func(Happening) error) error {
	if signal.Reconnected {
		upTo, err := l.stand(ctx)
		if err != nil {
			return err
		}
		if l.audience.Shared() { // whoever left meanwhile did so unheard
			l.audience.Anew()
		}
		return l.hear(Happening{Number: upTo}, each)
	}
	if signal.Topic == membership.Topic(l.room) {
		change, err := membership.ReadChange(signal.Payload)
		if l.audience.Shared() {
			l.audience.Lost(change.Left...)
		}
		if err == nil && change.Ends(l.person) {
			err = errEnded
		}
		return err
	}
	var h Happening
	if err := json.Unmarshal(signal.Payload, &h); err != nil {
		return fmt.Errorf("read a happening in room %s: %w", l.room, err)
	}
	return l.hear(h, each)
}

// stand gives the number at which the room stands, and an error if the person
// is not in the room. It reads before it asks: whoever is in the room after the
// reading may have all that was read.
func (l *listener) stand(ctx context.Context) (int64, error) {
	last, err := l.Store.Last(ctx, l.room)
	if err != nil {
		return 0, err
	}
	return last, membership.Require(ctx, l.Graph, l.room)
}

// missed reads what happened meanwhile. Readers in this process that miss the
// same read it together; the first of them may go away without harm to the others.
func (l *listener) missed(ctx context.Context, after, upTo int64, each func(Happening) error) error {
	for {
		key := fmt.Sprintf("%s/%d/%d", l.room, after, upTo)
		read, err, _ := l.reads.Do(key, func() (any, error) {
			return l.Store.Happenings(context.WithoutCancel(ctx), l.room, after, upTo, readAtOnce)
		})
		if err != nil {
			return err
		}
		happenings := read.([]Happening)
		for _, h := range happenings {
			if err := each(h); err != nil {
				return err
			}
		}
		if len(happenings) < readAtOnce {
			return nil
		}
		after = happenings[len(happenings)-1].Number
	}
}
