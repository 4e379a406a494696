package presence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"heddle/internal/caller"
	"heddle/internal/live"
	"heddle/internal/membership"
	"heddle/internal/subgraph"
)

func topic(room string) string { return "presence." + room }

type subscription struct{ *Resolvers }

// Subscription answers the fields of Subscription.
func (r *Resolvers) Subscription() subscription { return subscription{r} }

// PresenceChanged listens before it looks who is there and whether the caller
// may know, so that nothing falls between.
func (s subscription) PresenceChanged(ctx context.Context, roomID string) (<-chan *Presence, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	signals, err := s.Live.Subscribe(ctx, topic(roomID), membership.Topic(roomID))
	if err != nil {
		return nil, away(err)
	}
	w := &watcher{
		Resolvers: s.Resolvers, person: c.ID, room: roomID, signals: signals,
		known: map[string]*Presence{}, shown: make(chan *Presence), audience: subgraph.AudienceOf(ctx),
	}
	state, err := w.look(ctx)
	if err != nil {
		signals.Close()
		return nil, err
	}
	go func() {
		defer close(w.shown)
		defer signals.Close()
		w.run(ctx, state)
	}()
	return w.shown, nil
}

// watcher shows one person who is in a room, for as long as they are in it.
type watcher struct {
	*Resolvers
	person  string
	room    string
	signals *live.Subscription
	version int64                // of the room, as it was shown
	known   map[string]*Presence // those who were shown as online
	shown   chan *Presence
	// audience is who else is shown what the person is.
	audience *subgraph.Audience
}

// errEnded says that the person may hear no more of the room.
var errEnded = errors.New("no longer a participant")

// look reads who is there, and gives an error if the person is not in the room.
func (w *watcher) look(ctx context.Context) (*State, error) {
	if err := membership.Require(ctx, w.Graph, w.room); err != nil {
		return nil, err
	}
	states, err := w.Store.Rooms(ctx, []string{w.room})
	if err != nil {
		return nil, away(err)
	}
	return states[0], nil
}

func (w *watcher) run(ctx context.Context, state *State) {
	err := w.compare(ctx, state)
	w.audience.Share("presence in room " + w.room) // after the state, which each gets for themselves
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case signal, ok := <-w.signals.C():
			if !ok {
				return
			}
			err = w.take(ctx, signal)
		}
	}
	if ctx.Err() == nil && !errors.Is(err, errEnded) {
		w.Log.WarnContext(ctx, "ended a watcher", "room", w.room, "error", err)
	}
}

func (w *watcher) take(ctx context.Context, signal live.Signal) error {
	switch {
	case signal.Reconnected:
		state, err := w.look(ctx)
		if err != nil {
			return err
		}
		if w.audience.Shared() { // whoever left meanwhile did so unheard
			w.audience.Anew()
		}
		return w.compare(ctx, state)
	case signal.Topic == membership.Topic(w.room):
		return w.changed(ctx, signal.Payload)
	}
	var c Change
	if err := json.Unmarshal(signal.Payload, &c); err != nil {
		return fmt.Errorf("read who is there in room %s: %w", w.room, err)
	}
	switch {
	case c.Version <= w.version:
		return nil
	case c.Version == w.version+1:
		w.version = c.Version
		return w.show(ctx, c.presence(w.room))
	}
	states, err := w.Store.Rooms(ctx, []string{w.room})
	if err != nil {
		return err
	}
	return w.compare(ctx, states[0])
}

// changed hears of a change of the room itself. Whoever has left it is not in
// it any more, on no device.
func (w *watcher) changed(ctx context.Context, payload []byte) error {
	change, err := membership.ReadChange(payload)
	if err != nil {
		return err
	}
	if w.audience.Shared() {
		w.audience.Lost(change.Left...)
	}
	if change.Ends(w.person) {
		err = errEnded
	}
	ctx = context.WithoutCancel(ctx)
	if change.Deleted {
		return errors.Join(err, w.Store.ForgetRoom(ctx, w.room, w.Now()))
	}
	for _, person := range change.Left {
		err = errors.Join(err, w.Store.Leave(ctx, w.room, person, w.Now()))
	}
	return err
}

// compare shows what is otherwise than it was shown.
func (w *watcher) compare(ctx context.Context, state *State) error {
	there := map[string]bool{}
	for _, p := range state.People {
		there[p.UserID] = true
		if before := w.known[p.UserID]; before == nil || !before.equal(p) {
			if err := w.show(ctx, p); err != nil {
				return err
			}
		}
	}
	for _, user := range slices.Sorted(maps.Keys(w.known)) {
		if !there[user] {
			if err := w.show(ctx, presenceOf(w.room, user, 0, false)); err != nil {
				return err
			}
		}
	}
	w.version = state.Version
	return nil
}

func (w *watcher) show(ctx context.Context, p *Presence) error {
	if p.Since == nil {
		delete(w.known, p.UserID)
	} else {
		w.known[p.UserID] = p
	}
	w.audience.Sends()
	select {
	case w.shown <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
