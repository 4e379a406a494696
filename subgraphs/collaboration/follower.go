package collaboration

import (
	"context"
	"encoding/json"
	"fmt"

	"heddle/internal/yjs"
)

// readAtOnce is how many updates a follower that missed some reads at once.
const readAtOnce = 200

// follower follows a document for one client: first what the client lacks, then
// each update. Numbers are without gaps and are committed in order, so what was
// published out of order, twice, or not at all is seen from them alone.
type follower struct {
	*listener
	own    string          // the client; "" if it did not say
	vector yjs.StateVector // what the client has
	last   int64           // the number up to which the client has heard everything
	heard  chan *CodeUpdate
}

// run hands on what is written until the person may hear no more, the
// connection ends, or the listener has fallen too far behind.
func (f *follower) run(ctx context.Context) {
	if err := f.catchUp(ctx, f.vector); err != nil {
		f.note(ctx, err)
		return
	}
	f.vector = nil
	for {
		select {
		case <-ctx.Done():
			return
		case signal, ok := <-f.signals.C():
			if !ok {
				return
			}
			payload, again, err := f.take(ctx, signal)
			if err == nil {
				err = f.follow(ctx, payload, again)
			}
			if err != nil {
				f.note(ctx, err)
				return
			}
		}
	}
}

func (f *follower) follow(ctx context.Context, payload []byte, again bool) error {
	var h Happening
	switch {
	case payload != nil:
		if err := json.Unmarshal(payload, &h); err != nil {
			return fmt.Errorf("read what was written in room %s: %w", f.room, err)
		}
	case again:
		last, err := f.Store.Last(ctx, f.room)
		if err != nil {
			return err
		}
		h.Number = last
	default:
		return nil
	}
	return f.hear(ctx, h)
}

// hear hands on each update that the client has not heard yet, up to h.
func (f *follower) hear(ctx context.Context, h Happening) error {
	if h.Number == f.last+1 && h.Data != nil {
		return f.show(ctx, h)
	}
	for f.last < h.Number {
		missed, err := f.Store.Updates(ctx, f.room, f.last, h.Number, readAtOnce)
		if err != nil {
			return err
		}
		if len(missed) == 0 || missed[0].Number != f.last+1 { // merged meanwhile
			return f.catchUp(ctx, nil)
		}
		for _, m := range missed {
			if err := f.show(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// catchUp hands on what a replica with the vector lacks, in one.
func (f *follower) catchUp(ctx context.Context, vector yjs.StateVector) error {
	document := f.document(f.room)
	var update []byte
	if err := document.with(ctx, func(doc *yjs.Doc) { update = doc.Since(vector) }); err != nil {
		return err
	}
	f.last = document.record.Number
	return f.send(ctx, &CodeUpdate{Document: document, Update: update, Number: int(f.last), CatchUp: true})
}

// show hands on an update, unless it is the client's own.
func (f *follower) show(ctx context.Context, h Happening) error {
	f.last = h.Number
	if f.own != "" && h.Client == f.own && h.Author == f.person {
		return nil
	}
	update := &CodeUpdate{Document: f.document(f.room), Update: h.Data, Number: int(h.Number)}
	if h.Author != "" {
		update.Author = &User{ID: h.Author}
	}
	if h.Client != "" {
		update.ClientID = &h.Client
	}
	return f.send(ctx, update)
}

func (f *follower) send(ctx context.Context, update *CodeUpdate) error {
	select {
	case f.heard <- update:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
