package code

import (
	"strconv"

	"heddle/internal/fault"
	"heddle/internal/page"
)

// The connection of the schema, and its edge.
type (
	CodeSnapshotConnection struct {
		*page.Connection[CodeSnapshotEdge]
	}
	CodeSnapshotEdge page.Edge[*CodeSnapshot]
)

// keyOf gives a snapshot's place: its room, since numbers count within one, and
// its number there.
func keyOf(s *CodeSnapshot) page.Key { return page.Key{s.RoomID, strconv.Itoa(s.Number)} }

// within is the window on one room's snapshots: the bounds must be places of
// that room.
func within(w page.Window, room string) (page.Window, error) {
	var err error
	if w.After, err = bound("after", w.After, room); err != nil {
		return w, err
	}
	w.Before, err = bound("before", w.Before, room)
	return w, err
}

func bound(name string, key page.Key, room string) (page.Key, error) {
	if key == nil {
		return nil, nil
	}
	if key[0] != room {
		return nil, fault.Field(name, "%q is not a cursor of the snapshots of room %q.", key.Cursor(), room)
	}
	return key[1:], nil
}
