package messages

import (
	"strings"
	"time"
	"unicode/utf8"

	"heddle/internal/fault"
	"heddle/internal/membership"
)

// textLimit is the length of a message, in characters.
const textLimit = 10_000

// Message is something that was said in a room.
type Message struct {
	ID        string    `json:"id"`
	RoomID    string    `json:"roomId"`
	Number    int64     `json:"number"` // its place among what happened in the room; the store gives it
	AuthorID  string    `json:"authorId"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`

	room *Room // shared by the messages of a page
}

// IsEntity says that other domains may refer to a message by its id.
func (*Message) IsEntity() {}

// Author returns the person who said it.
func (m *Message) Author() *User { return &User{ID: m.AuthorID} }

// Room returns the room in which it was said.
func (m *Message) Room() *Room {
	if m.room == nil {
		return &Room{ID: m.RoomID}
	}
	return m.room
}

// NewMessage makes a message. Its text is kept letter by letter, blanks at both
// ends included: it may be code.
func NewMessage(id, room, author, text string, now time.Time) (*Message, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, fault.Field("text", "A message is text without NUL characters.")
	}
	if n := utf8.RuneCountInString(text); n > textLimit {
		return nil, fault.Field("text", "A message has 1 to %d characters; this one has %d.", textLimit, n)
	}
	if strings.TrimSpace(text) == "" {
		return nil, fault.Field("text", "A message has 1 to %d characters; this one is blank.", textLimit)
	}
	return &Message{ID: id, RoomID: room, AuthorID: author, Text: text, CreatedAt: now}, nil
}

// Delete checks that a person with the role in the message's room may delete
// it. Its author may, also after having left the room. To whoever may not even
// read it, it is not there.
func (m *Message) Delete(by string, role membership.Role) error {
	switch {
	case m.AuthorID == by, role == membership.Owner, role == membership.Moderator:
		return nil
	case role == membership.None:
		return missing(m.ID)
	}
	return fault.New(fault.Forbidden, "Only its author and the room's owner and moderators can delete message %q.", m.ID)
}

func missing(id string) error { return fault.New(fault.NotFound, "There is no message %q.", id) }
