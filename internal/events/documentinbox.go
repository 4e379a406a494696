package events

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/mongo"
)

// documentInbox is the ledger of a domain on MongoDB. It records the events that
// failed, no others: a handler bears repetition.
type documentInbox struct {
	domain   string
	records  *driver.Collection
	handlers map[string]DocumentHandler

	mu      sync.Mutex        // lanes share what follows
	failing map[string]record // by event: those that are neither handled nor dead
	done    map[int64]bool    // by sequence: those handled in this turn, the later ones at least
	latest  int64             // sequence of those
}

// remembered is how many sequences back an event may come again in the same
// turn: more than are handed out and not settled.
const remembered = 8192

// record is what has become of an event that failed.
type record struct {
	Event    string    `bson:"_id"`
	Entity   string    `bson:"entity"`
	Sequence int64     `bson:"sequence"` // in the stream
	State    string    `bson:"state"`
	Tries    int       `bson:"tries"`
	Error    string    `bson:"error"`
	At       time.Time `bson:"at"` // of the last try
}

// States of a record.
const (
	stateFailing = "failing"
	stateDead    = "dead"
)

func newDocumentInbox(c DocumentConfig) *documentInbox {
	return &documentInbox{domain: c.Domain, records: c.Database.Collection("inbox"), handlers: c.Handlers}
}

// begin reads the events that are neither handled nor dead. A record of one that
// is settled came late: its write was under way when its turn ended.
func (i *documentInbox) begin(ctx context.Context, settled int64) error {
	_, err := i.records.DeleteMany(ctx, bson.M{"state": stateFailing, "sequence": bson.M{"$lte": settled}})
	if err != nil {
		return fmt.Errorf("clear the inbox: %w", err)
	}
	found, err := i.records.Find(ctx, bson.M{"state": stateFailing})
	if err != nil {
		return fmt.Errorf("read the inbox: %w", err)
	}
	var records []record
	if err := found.All(ctx, &records); err != nil {
		return fmt.Errorf("read the inbox: %w", err)
	}
	i.failing, i.done, i.latest = map[string]record{}, map[int64]bool{}, 0
	for _, r := range records {
		i.failing[r.Event] = r
	}
	_, err = i.records.DeleteMany(ctx, bson.M{"state": stateDead, "at": bson.M{"$lt": time.Now().Add(-2 * Retention)}})
	if err != nil {
		return fmt.Errorf("clear the inbox: %w", err)
	}
	return nil
}

func (i *documentInbox) handle(ctx context.Context, d delivery) error {
	handler, ok := i.handlers[d.Type]
	if !ok {
		return nil // it was asked for once, and no longer
	}
	if i.isDone(d) {
		return nil // it was handed out anew because the first time took long
	}
	if i.blocked(d) {
		return i.wait(ctx, d)
	}
	if err := guarded(func() error { return handler(ctx, d.Event) }); err != nil {
		if mongo.Away(err) {
			return errors.Join(errAway, err)
		}
		return err
	}
	if _, failed := i.failed(d); failed || d.replayed {
		if err := i.forget(ctx, d); err != nil {
			return err
		}
	}
	i.settle(d)
	return nil
}

func (i *documentInbox) failed(d delivery) (record, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	r, failed := i.failing[d.ID]
	return r, failed
}

func (i *documentInbox) isDone(d delivery) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.done[d.sequence]
}

// settle remembers that the event was handled.
func (i *documentInbox) settle(d delivery) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.failing, d.ID)
	i.done[d.sequence] = true
	i.latest = max(i.latest, d.sequence)
	if len(i.done) > 2*remembered {
		maps.DeleteFunc(i.done, func(sequence int64, _ bool) bool { return sequence < i.latest-remembered })
	}
}

// blocked tells whether an earlier event of the entity is not settled.
func (i *documentInbox) blocked(d delivery) bool {
	if d.Entity == "" {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range i.failing {
		if r.Entity == d.Entity && r.Sequence < d.sequence {
			return true
		}
	}
	return false
}

// wait records that the event is not handled, so that later ones of its entity
// wait for it in turn.
func (i *documentInbox) wait(ctx context.Context, d delivery) error {
	if _, known := i.failed(d); !known {
		r := record{Event: d.ID, Entity: d.Entity, Sequence: d.sequence, State: stateFailing, At: time.Now()}
		if err := i.write(ctx, r); err != nil {
			return err
		}
	}
	return errWaits
}

func (i *documentInbox) note(ctx context.Context, d delivery, why error) (tries int, err error) {
	r, known := i.failed(d)
	if !known {
		r = record{Event: d.ID, Entity: d.Entity, Sequence: d.sequence}
	}
	r.State, r.Tries, r.Error, r.At = stateFailing, r.Tries+1, why.Error(), time.Now()
	return r.Tries, i.write(ctx, r)
}

func (i *documentInbox) noteDead(ctx context.Context, d delivery) error {
	r, _ := i.failed(d)
	r.State, r.At = stateDead, time.Now()
	return i.write(ctx, r)
}

// forget drops the record of an event that failed and is handled now.
func (i *documentInbox) forget(ctx context.Context, d delivery) error {
	ctx, cancel := recording(ctx)
	defer cancel()
	if _, err := i.records.DeleteOne(ctx, bson.M{"_id": d.ID}); err != nil {
		return errors.Join(errAway, fmt.Errorf("record event %s: %w", d.ID, err))
	}
	return nil
}

// recording is the context of a write of a record. It does not end with the turn:
// a write that nobody waits for could come after the next turn has read what
// there is.
func recording(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

func (i *documentInbox) write(ctx context.Context, r record) error {
	ctx, cancel := recording(ctx)
	defer cancel()
	_, err := i.records.ReplaceOne(ctx, bson.M{"_id": r.Event}, r, options.Replace().SetUpsert(true))
	if err != nil {
		return errors.Join(errAway, fmt.Errorf("record event %s: %w", r.Event, err))
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.State == stateFailing {
		i.failing[r.Event] = r
	} else {
		delete(i.failing, r.Event)
	}
	return nil
}
