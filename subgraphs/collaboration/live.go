package collaboration

import (
	"context"
	"encoding/json"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/membership"
	"heddle/internal/yjs"
)

// tellTimeout bounds how long a mutation waits for a Redis that does not answer.
const tellTimeout = 2 * time.Second

// tellLimit is the size of an update that travels over Redis; a reader finds
// larger ones in the store.
const tellLimit = 64 << 10

func topic(room string) string { return "collaboration." + room }

// tell publishes what was written. It is kept already, so a Redis that does not
// answer must not fail the mutation: readers see from the next number that they
// missed one, and read again once they have their connection back.
func (r *Resolvers) tell(ctx context.Context, room string, h Happening) {
	if len(h.Data) > tellLimit {
		h = Happening{Number: h.Number}
	}
	r.publish(ctx, topic(room), h)
}

func (r *Resolvers) publish(ctx context.Context, topic string, what any) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	payload, err := json.Marshal(what)
	if err == nil {
		err = r.Live.Publish(ctx, topic, payload)
	}
	if err != nil {
		r.Log.WarnContext(ctx, "something happened in a room, but nobody was told", "topic", topic, "error", err)
	}
}

// CodeUpdate is something that was written, or what a client lacked, in one.
type CodeUpdate struct {
	Document *CodeDocument
	Update   []byte
	Number   int
	CatchUp  bool
	Author   *User
	ClientID *string
}

type subscription struct{ *Resolvers }

// Subscription answers the fields of Subscription.
func (r *Resolvers) Subscription() subscription { return subscription{r} }

func (s subscription) CodeUpdated(ctx context.Context, roomID string, stateVector []byte, clientID *string) (<-chan *CodeUpdate, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	vector, own, err := known(stateVector, clientID)
	if err != nil {
		return nil, err
	}
	l, err := s.listen(ctx, c.ID, roomID, topic(roomID))
	if err != nil {
		return nil, err
	}
	f := &follower{listener: l, own: own, vector: vector, heard: make(chan *CodeUpdate)}
	s.enter(ctx, roomID)
	s.readers.let(ctx, func(ctx context.Context) {
		defer close(f.heard)
		defer s.leave(ctx, roomID)
		defer l.close()
		f.run(ctx)
	})
	return f.heard, nil
}

// known reads what a client says of itself.
func known(stateVector []byte, clientID *string) (vector yjs.StateVector, own string, err error) {
	if stateVector != nil {
		if vector, err = yjs.ReadStateVector(stateVector); err != nil {
			return nil, "", fault.Field("stateVector", "This is not a Yjs state vector (%s).", err)
		}
	}
	if clientID != nil {
		own, err = *clientID, checkClient(*clientID)
	}
	return vector, own, err
}

// listen listens to a topic of a room for a person. It listens before it looks
// whether the person may, so that nothing falls between.
func (r *Resolvers) listen(ctx context.Context, person, room, topic string) (*listener, error) {
	signals, err := r.Live.Subscribe(ctx, topic, membership.Topic(room))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "Live updates are not available now. Try again.")
	}
	l := &listener{Resolvers: r, person: person, room: room, topic: topic, signals: signals}
	if err := membership.Require(ctx, r.Graph, room); err != nil {
		signals.Close()
		return nil, err
	}
	return l, nil
}
