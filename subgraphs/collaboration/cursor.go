package collaboration

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/membership"
	"heddle/internal/subgraph"
)

const (
	cursorEvery = 50 * time.Millisecond // at least, between two moves of one client that are shown
	cursorLimit = 4 << 10               // bytes of JSON that a client shows of itself
)

// CursorMove is where a client of somebody's is.
type CursorMove struct {
	RoomID   string          `json:"room"`
	UserID   string          `json:"user"`
	ClientID string          `json:"client"`
	State    json.RawMessage `json:"state"`
}

// Room returns the room of the document.
func (m *CursorMove) Room() *Room { return &Room{ID: m.RoomID} }

// User returns whose client it is.
func (m *CursorMove) User() *User { return &User{ID: m.UserID} }

// NewCursorMove makes a move of what a client sent.
func NewCursorMove(room, user, client string, state json.RawMessage) (*CursorMove, error) {
	if err := checkClient(client); err != nil {
		return nil, err
	}
	if len(state) == 0 {
		state = json.RawMessage("null")
	}
	if len(state) > cursorLimit {
		return nil, fault.Field("state", "A client shows at most %d bytes of itself; this has %d.", cursorLimit, len(state))
	}
	return &CursorMove{RoomID: room, UserID: user, ClientID: client, State: state}, nil
}

func cursorTopic(room string) string { return "cursors." + room }

// MoveCursor shows the move to everybody who looks. Nothing is kept of it: what
// is told while nobody looks, or Redis does not answer, was never there.
func (m mutation) MoveCursor(ctx context.Context, in MoveCursorInput) (*MoveCursorPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	move, err := NewCursorMove(in.RoomID, c.ID, in.ClientID, in.State)
	if err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, m.Graph, in.RoomID); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	m.cursors.offer(in.RoomID+"/"+c.ID+"/"+in.ClientID, func() { m.publish(ctx, cursorTopic(in.RoomID), move) })
	return &MoveCursorPayload{Room: &Room{ID: in.RoomID}}, nil
}

func (s subscription) CursorMoved(ctx context.Context, roomID string, clientID *string) (<-chan *CursorMove, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	_, own, err := known(nil, clientID)
	if err != nil {
		return nil, err
	}
	l, err := s.listen(ctx, c.ID, roomID, cursorTopic(roomID))
	if err != nil {
		return nil, err
	}
	if own == "" { // else it is spared its own, and nobody else is
		l.audience = subgraph.Share(ctx, "cursors in room "+roomID)
	}
	w := &watcher{listener: l, own: own, moves: map[string]*CursorMove{}, shown: make(chan *CursorMove)}
	s.readers.let(ctx, func(ctx context.Context) {
		defer close(w.shown)
		defer l.close()
		w.run(ctx)
	})
	return w.shown, nil
}

// watcher shows one client where the others are. What it cannot show at once it
// keeps, the latest move of each.
type watcher struct {
	*listener
	own   string
	moves map[string]*CursorMove // not yet shown, by person and client
	order []string               // whose move comes next
	shown chan *CursorMove
}

func (w *watcher) run(ctx context.Context) {
	for {
		var next *CursorMove
		var shown chan<- *CursorMove
		if len(w.order) > 0 {
			next, shown = w.moves[w.order[0]], w.shown
		}
		select {
		case <-ctx.Done():
			return
		case shown <- next:
			delete(w.moves, w.order[0])
			w.order = w.order[1:]
		case signal, ok := <-w.signals.C():
			if !ok {
				return
			}
			payload, _, err := w.take(ctx, signal)
			if err == nil {
				err = w.see(payload)
			}
			if err != nil {
				w.note(ctx, err)
				return
			}
		}
	}
}

func (w *watcher) see(payload []byte) error {
	if payload == nil {
		return nil
	}
	var m CursorMove
	if err := json.Unmarshal(payload, &m); err != nil {
		return fmt.Errorf("read a move in room %s: %w", w.room, err)
	}
	if w.own != "" && m.ClientID == w.own && m.UserID == w.person {
		return nil
	}
	key := m.UserID + "/" + m.ClientID
	if w.moves[key] == nil {
		w.order = append(w.order, key)
	}
	w.moves[key] = &m
	return nil
}
