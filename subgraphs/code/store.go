package code

import (
	"context"
	"time"

	"heddle/internal/page"
)

// Place is where a snapshot is: its room, and its number there.
type Place struct {
	RoomID string
	Number int
}

// Store keeps the snapshots. What is read for many is given in the order of the
// keys, nil for what is missing.
type Store interface {
	// Snapshots reads snapshots by their ids.
	Snapshots(ctx context.Context, ids []string) ([]*CodeSnapshot, error)
	// At reads snapshots by their places.
	At(ctx context.Context, places []Place) ([]*CodeSnapshot, error)
	// Contents reads what the snapshots at the places hold.
	Contents(ctx context.Context, places []Place) ([]*Content, error)
	// Texts reads the texts alone of what the snapshots at the places hold.
	Texts(ctx context.Context, places []Place) ([]*Content, error)
	// Pages reads a page of the snapshots of each room, newest first.
	Pages(ctx context.Context, rooms []string, w page.Window) ([][]*CodeSnapshot, error)
	Count(ctx context.Context, rooms []string) (map[string]int, error)
	// Latest reads the newest snapshot of each room.
	Latest(ctx context.Context, rooms []string) ([]*CodeSnapshot, error)
	// Then reads the snapshot of each room that was the newest at its time.
	Then(ctx context.Context, rooms []string, times []time.Time) ([]*CodeSnapshot, error)

	// Create keeps a new snapshot under the next number of its room. The same
	// idempotency key gives the snapshot that the first call made, without
	// asking for what to keep.
	Create(ctx context.Context, s *CodeSnapshot, r Request, content func() (*Content, error)) (*CodeSnapshot, error)
}

// Request is what a client asked for, and its idempotency key.
type Request struct {
	Operation string
	Key       *string
	Input     any
}
