package collaboration

import (
	"context"
	"time"

	"heddle/internal/yjs"
)

// Store keeps the documents. What is read for many is given in the order of the
// keys; a room in which nothing was written has a document without updates.
type Store interface {
	// Records reads the documents of rooms. known says what the reader has of
	// some of them already, merged: that is not read again.
	Records(ctx context.Context, rooms []string, known map[string]Merged) ([]*Record, error)
	// Updates reads a room's updates after one number and up to another, in
	// order, at most so many. Those that were merged meanwhile are not there.
	Updates(ctx context.Context, room string, after, upTo int64, limit int) ([]Happening, error)
	// Last is the number of the room's latest update, 0 before the first.
	Last(ctx context.Context, room string) (int64, error)

	// Append keeps the update under the next number of its room, and on disk,
	// before it returns. It is to be handed over once nothing has come for a while.
	Append(ctx context.Context, w *Write) (number int64, err error)
	// Change appends what the rule makes of the document as it stands, in w's
	// name; nothing if the rule gives nil. Meanwhile nobody else appends.
	Change(ctx context.Context, w Write, rule func(*yjs.Doc) []byte) (*Record, *Happening, error)
	// Compact keeps the updates up to a number merged, unless they are already.
	Compact(ctx context.Context, room string, m Merged) error

	// Due makes the document due to be handed over now, if it was not yet.
	Due(ctx context.Context, room string, now time.Time) error
	// HandOver hands over one document that is due, and tells whether there was one.
	HandOver(ctx context.Context, now time.Time) (bool, error)
}

// Merged is a document up to a number, as one update.
type Merged struct {
	Number int64
	State  []byte
}

// Happening is an update with its number. It is also what is published on the
// topic collaboration.<room> once it is kept, before the mutation answers;
// without data it says that something came up to there, which a reader finds in
// the store.
type Happening struct {
	Number int64  `json:"number"`
	Author string `json:"author,omitempty"`
	Client string `json:"client,omitempty"`
	Data   []byte `json:"data,omitempty"`
}
