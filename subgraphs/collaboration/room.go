package collaboration

import "heddle/internal/batch"

// Room is a room, of which this domain knows no more than its id and what is
// written there.
type Room struct {
	ID string
	batch.Peer[*Room]
}

// IsEntity says that the room is another domain's, known by its id.
func (*Room) IsEntity() {}
