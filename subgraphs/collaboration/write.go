package collaboration

import (
	"time"
	"unicode/utf8"

	"heddle/internal/fault"
	"heddle/internal/yjs"
)

// Limits, in bytes.
const (
	updateLimit   = 512 << 10 // of one update: in base64 it fits what a router takes
	documentLimit = 8 << 20   // of a document, merged or with the updates since
)

// clientLimit is the length of what a client calls itself, in characters.
const clientLimit = 64

// Write is an update that somebody wrote.
type Write struct {
	RoomID string
	Author string // "" for one who is gone
	Client string // "" if the client did not say
	Data   []byte
	At     time.Time
}

// NewWrite makes a write of what a client sent, which must be a Yjs update.
func NewWrite(room, author string, client *string, data []byte, now time.Time) (*Write, error) {
	if len(data) > updateLimit {
		return nil, fault.Field("update", "An update has at most %d bytes; this one has %d.", updateLimit, len(data))
	}
	if _, err := yjs.ReadUpdate(data); err != nil {
		return nil, fault.Field("update", "This is not a Yjs update of version 1 (%s).", err)
	}
	w := &Write{RoomID: room, Author: author, Data: data, At: now}
	if client != nil {
		if err := checkClient(*client); err != nil {
			return nil, err
		}
		w.Client = *client
	}
	return w, nil
}

func checkClient(client string) error {
	if n := utf8.RuneCountInString(client); n < 1 || n > clientLimit || !utf8.ValidString(client) {
		return fault.Field("clientId", "What a client calls itself has 1 to %d characters; this has %d.", clientLimit, n)
	}
	for _, c := range client {
		if c == 0 {
			return fault.Field("clientId", "What a client calls itself has no NUL in it.")
		}
	}
	return nil
}

func tooLarge(room string) error {
	return fault.New(fault.Conflict, "The document of room %q would have more than %d bytes.", room, documentLimit)
}
