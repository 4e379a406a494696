package collaboration

import (
	"context"
	"fmt"
	"sync"
	"time"

	"heddle/internal/yjs"
)

// Record is a document as it is kept: what was merged, and the updates since.
type Record struct {
	RoomID    string
	Number    int64 // of the latest update; 0 before the first
	Updates   [][]byte
	WrittenAt *time.Time
	WrittenBy *string
}

// merge makes one document of the record's updates.
func (r *Record) merge() (*yjs.Doc, error) {
	doc, err := yjs.Load(r.Updates...)
	if err != nil {
		return nil, fmt.Errorf("merge the document of room %s: %w", r.RoomID, err)
	}
	return doc, nil
}

// CodeDocument is what is written in a room. It is read when a field of it is
// asked for, and stands still from then on.
type CodeDocument struct {
	RoomID string
	read   func(ctx context.Context) (*Record, error)

	once   sync.Once
	record *Record
	err    error

	mu     sync.Mutex // guards what follows
	merged *yjs.Doc
}

// CodeText is one text of a document.
type CodeText struct {
	Name    string
	Content string
}

// IsEntity says that other domains may refer to a document by its room's id.
func (*CodeDocument) IsEntity() {}

// Room returns the room in which it is written.
func (d *CodeDocument) Room() *Room { return &Room{ID: d.RoomID} }

// fetched reads the record, once.
func (d *CodeDocument) fetched(ctx context.Context) (*Record, error) {
	d.once.Do(func() { d.record, d.err = d.read(ctx) })
	return d.record, d.err
}

// with hands the merged document to the function, one at a time.
func (d *CodeDocument) with(ctx context.Context, use func(*yjs.Doc)) error {
	record, err := d.fetched(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.merged == nil {
		if d.merged, err = record.merge(); err != nil {
			return err
		}
	}
	use(d.merged)
	return nil
}

// Number is the number of the latest update in it.
func (d *CodeDocument) Number(ctx context.Context) (int, error) {
	record, err := d.fetched(ctx)
	if err != nil {
		return 0, err
	}
	return int(record.Number), nil
}

// State is the whole document as one Yjs update.
func (d *CodeDocument) State(ctx context.Context) (state []byte, err error) {
	err = d.with(ctx, func(doc *yjs.Doc) { state = doc.State() })
	return state, err
}

// StateVector is the document's Yjs state vector.
func (d *CodeDocument) StateVector(ctx context.Context) (vector []byte, err error) {
	err = d.with(ctx, func(doc *yjs.Doc) { vector = doc.StateVector().Encode() })
	return vector, err
}

// Texts are the texts that have something in them.
func (d *CodeDocument) Texts(ctx context.Context) (texts []*CodeText, err error) {
	err = d.with(ctx, func(doc *yjs.Doc) {
		for _, name := range doc.Texts() {
			texts = append(texts, &CodeText{Name: name, Content: doc.Text(name)})
		}
	})
	return texts, err
}

// Text is one text, by its name.
func (d *CodeDocument) Text(ctx context.Context, name string) (text *CodeText, err error) {
	err = d.with(ctx, func(doc *yjs.Doc) { text = &CodeText{Name: name, Content: doc.Text(name)} })
	return text, err
}

// UpdatedAt is when it was last written in.
func (d *CodeDocument) UpdatedAt(ctx context.Context) (*time.Time, error) {
	record, err := d.fetched(ctx)
	if err != nil {
		return nil, err
	}
	return record.WrittenAt, nil
}
