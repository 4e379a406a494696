package rooms

import (
	"context"
	"encoding/json"
	"slices"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/live"
	"heddle/internal/subgraph"
)

// Signal is what is published on the topic rooms.<id> when a room has changed,
// before the mutation answers. Other domains that serve the room's participants
// listen to it too.
type Signal struct {
	Left    []string `json:"left,omitempty"`    // who is no longer a participant
	Deleted bool     `json:"deleted,omitempty"` // the room is gone, and everybody has left
}

// ends tells whether the person may hear no more of the room.
func (s Signal) ends(person string) bool { return s.Deleted || slices.Contains(s.Left, person) }

// signal tells who was taken out of the room, and whether anybody is left.
func (r *Room) signal() Signal { return Signal{Left: r.left, Deleted: len(r.Participants) == 0} }

func topic(room string) string { return "rooms." + room }

// tell publishes the signal. The change is kept already, so a Redis that does
// not answer must not fail the mutation: listeners look again once they have
// their connection back.
func (r *Resolvers) tell(ctx context.Context, room string, s Signal) {
	payload, err := json.Marshal(s)
	if err == nil {
		err = r.Live.Publish(context.WithoutCancel(ctx), topic(room), payload)
	}
	if err != nil {
		r.Log.WarnContext(ctx, "room changed, but nobody was told", "room", room, "error", err)
	}
}

type subscription struct{ *Resolvers }

// Subscription answers the fields of Subscription.
func (r *Resolvers) Subscription() subscription { return subscription{r} }

// RoomUpdated gives the room after each change. It listens before it looks
// whether the caller may, so that nothing falls between the two.
func (s subscription) RoomUpdated(ctx context.Context, roomID string) (<-chan *Room, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	signals, err := s.Live.Subscribe(ctx, topic(roomID))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "Live updates are not available now. Try again.")
	}
	if _, err := s.watched(ctx, c.ID, roomID); err != nil {
		signals.Close()
		return nil, err
	}
	w := &watcher{subscription: s, me: c.ID, room: roomID, audience: subgraph.Share(ctx, "room "+roomID)}
	rooms := make(chan *Room)
	go func() {
		defer close(rooms)
		defer signals.Close()
		w.watch(ctx, signals, rooms)
	}()
	return rooms, nil
}

// watcher shows a room to one person, and to others who may watch it.
type watcher struct {
	subscription
	me, room string
	audience *subgraph.Audience
}

func (w *watcher) watch(ctx context.Context, signals *live.Subscription, rooms chan<- *Room) {
	for {
		var signal live.Signal
		var ok bool
		select {
		case <-ctx.Done():
			return
		case signal, ok = <-signals.C():
		}
		var said Signal
		if !ok || (!signal.Reconnected && json.Unmarshal(signal.Payload, &said) != nil) {
			return
		}
		if w.audience.Shared() {
			w.audience.Lost(said.Left...)
		}
		if said.ends(w.me) {
			return
		}
		room, err := w.watched(ctx, w.me, w.room)
		if err != nil {
			return
		}
		if signal.Reconnected && w.audience.Shared() { // whoever left meanwhile did so unheard
			w.audience.Anew()
		}
		select {
		case <-ctx.Done():
			return
		case rooms <- room:
		}
	}
}

// watched reads a room that only its participants may watch.
func (s subscription) watched(ctx context.Context, me, id string) (*Room, error) {
	found, err := s.Store.Rooms(ctx, me, []string{id})
	switch {
	case err != nil:
		return nil, err
	case found[0] == nil:
		return nil, missing(id)
	case found[0].viewer == "":
		return nil, fault.New(fault.Forbidden, "Only participants can watch room %q.", found[0].Title)
	}
	return found[0], nil
}
