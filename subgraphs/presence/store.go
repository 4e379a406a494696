package presence

import (
	"context"
	"time"
)

// Store keeps who is there. Each change of a person's presence in a room is
// published on the topic presence.<room>, once and in order, as it is made.
type Store interface {
	// Renew has the device there until it expires. typing, if given, says
	// whether the person is writing on it, which ends by itself at its own time.
	Renew(ctx context.Context, d Device, now, expires time.Time, typing *Typing) (*Presence, error)
	// Remove takes the device out of its room; without a room, out of all.
	Remove(ctx context.Context, d Device, now time.Time) (*Presence, error)
	// Sweep lets go of what has expired, some of it, and tells how much.
	Sweep(ctx context.Context, now time.Time) (int, error)

	// Rooms reads who is there in each of the rooms.
	Rooms(ctx context.Context, rooms []string) ([]*State, error)
	// Online tells of each person whether they are online on any device.
	Online(ctx context.Context, users []string, now time.Time) ([]bool, error)

	// Leave takes a person out of a room, with all of their devices.
	Leave(ctx context.Context, room, user string, now time.Time) error
	// ForgetUser takes a person out of everywhere.
	ForgetUser(ctx context.Context, user string, now time.Time) error
	// ForgetRoom takes everybody out of a room.
	ForgetRoom(ctx context.Context, room string, now time.Time) error
}

// Typing says whether somebody is writing on a device, and until when.
type Typing struct {
	On      bool
	Expires time.Time
}

// State is who is there in a room, in the order in which they came. Version
// counts the room's changes.
type State struct {
	Version int64
	People  []*Presence
}

// Change is a change of a person's presence in a room, as it is published.
type Change struct {
	Version int64  `json:"version"` // one more than that of the room's change before
	User    string `json:"user"`
	Since   int64  `json:"since"` // in milliseconds since 1970; 0 if they are not online
	Typing  bool   `json:"typing"`
}

func (c Change) presence(room string) *Presence {
	return presenceOf(room, c.User, c.Since, c.Typing)
}

func presenceOf(room, user string, since int64, typing bool) *Presence {
	p := &Presence{RoomID: room, UserID: user, Typing: typing}
	if since > 0 {
		at := time.UnixMilli(since).UTC()
		p.Since = &at
	}
	return p
}
