package messages

// Happening is something that happened in a room: a message or a deletion. It
// is also what is published on the topic messages.<room> once it is committed,
// before the mutation answers. With a number alone it says that something
// happened up to there, which a reader finds in the store.
type Happening struct {
	Number  int64    `json:"number"`
	Message *Message `json:"message,omitempty"`
	Deleted string   `json:"deleted,omitempty"` // id of the message that is no more
}

func (h Happening) told() bool { return h.Message != nil || h.Deleted != "" }

// follower knows how far a live reader has come. Numbers are without gaps and
// are committed in order, so what was published out of order, twice, or not at
// all is seen from them alone.
type follower struct {
	last int64 // the number up to which the reader has heard everything
	read func(after, upTo int64, each func(Happening) error) error
}

// hear hands each happening to the reader that it has not heard yet, up to and
// including h, in order. What lies between is read from the store, and no
// further than h: what came after h may be for others.
func (f *follower) hear(h Happening, each func(Happening) error) error {
	switch {
	case h.Number <= f.last:
		return nil
	case h.Number == f.last+1 && h.told():
		f.last = h.Number
		return each(h)
	}
	if err := f.read(f.last, h.Number, each); err != nil {
		return err
	}
	f.last = h.Number
	return nil
}
