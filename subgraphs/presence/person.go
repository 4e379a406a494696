package presence

import (
	"strings"
	"time"
	"unicode/utf8"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// How long things last that are not renewed.
const (
	deviceFor      = 30 * time.Second
	typingFor      = 5 * time.Second
	heartbeatEvery = 10 * time.Second
)

// deviceLimit is the length of what a client calls a device, in characters.
const deviceLimit = 64

// Presence is a person's being there, in a room.
type Presence struct {
	RoomID string
	UserID string
	Typing bool
	Since  *time.Time // nil if they are not online
}

// Room returns the room.
func (p *Presence) Room() *Room { return &Room{ID: p.RoomID} }

// User returns the person.
func (p *Presence) User() *User { return &User{ID: p.UserID} }

// Status tells whether they are online.
func (p *Presence) Status() PresenceStatus {
	if p.Since == nil {
		return PresenceStatusOffline
	}
	return PresenceStatusOnline
}

func (p *Presence) equal(other *Presence) bool {
	return p.Typing == other.Typing && (p.Since == nil) == (other.Since == nil) && (p.Since == nil || p.Since.Equal(*other.Since))
}

// Device is a device, or a tab of a browser, that a person is online on. It
// shows a room, or none.
type Device struct {
	UserID string
	Name   string
	RoomID string // "" for none
}

// NewDevice makes a device of what a client said.
func NewDevice(user, name string, room *string) (Device, error) {
	d := Device{UserID: user, Name: name}
	if room != nil {
		d.RoomID = *room
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > deviceLimit || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return d, fault.Field("deviceId", "What a client calls a device has 1 to %d characters, none of them NUL; this has %d.", deviceLimit, n)
	}
	return d, nil
}

// Room is a room, of which this domain knows no more than its id and who is
// online there.
type Room struct {
	ID string
	batch.Peer[*Room]
}

// IsEntity says that the room is another domain's, known by its id.
func (*Room) IsEntity() {}

// User is a person, of whom this domain knows no more than their id and whether
// they are online.
type User struct {
	ID string
	batch.Peer[*User]
}

// IsEntity says that the person is another domain's, known by their id.
func (*User) IsEntity() {}
