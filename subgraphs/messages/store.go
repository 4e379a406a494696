package messages

import (
	"context"

	"heddle/internal/page"
)

// Store keeps the messages. What is read for many is given in the order of the
// keys, nil for what is missing.
type Store interface {
	// Messages reads messages by their ids.
	Messages(ctx context.Context, ids []string) ([]*Message, error)
	// Pages reads a page of the messages of each room, oldest first.
	Pages(ctx context.Context, rooms []string, w page.Window) ([][]*Message, error)
	Count(ctx context.Context, rooms []string) (map[string]int, error)
	// Last is the number of the latest happening in the room, 0 before the first.
	Last(ctx context.Context, room string) (int64, error)
	// Happenings reads what happened in the room after one number and up to
	// another, in order, at most so many. A message that was deleted since shows
	// as its deletion alone.
	Happenings(ctx context.Context, room string, after, upTo int64, limit int) ([]Happening, error)

	// Create keeps a new message and gives it its number. The same idempotency
	// key gives the message that the first call made.
	Create(ctx context.Context, m *Message, key *string) (*Message, error)
	// Delete deletes a message if it is still there, and returns the number of
	// its deletion.
	Delete(ctx context.Context, m *Message) (int64, error)
}
