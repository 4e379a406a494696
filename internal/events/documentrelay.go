package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"heddle/internal/mongo"
)

// clearing is how many documents are cleared at the same time.
const clearing = 8

// documentRelay sends what stands in documents' outboxes.
type documentRelay struct {
	Config
	database    *driver.Database
	collections []string
}

// full is a document with entries in its outbox.
type full struct {
	ID        bson.RawValue   `bson:"_id"`
	Outbox    []bson.RawValue `bson:"outbox"` // entries, each followed by a mark
	DeletedAt bson.RawValue   `bson:"deletedAt"`

	collection *driver.Collection
	entries    []bson.Raw
	sent       []bson.Raw // those that the stream has on disk, the first ones
}

// relay sends and clears until ctx ends. It looks whenever a process of the
// domain has written something, and now and then.
func (r documentRelay) relay(ctx context.Context) error {
	js, err := bus(ctx, r.NATS)
	if err != nil {
		return err
	}
	if err := r.index(ctx); err != nil {
		return err
	}
	wake := make(chan struct{}, 1)
	told, err := r.NATS.Subscribe(r.wakeSubject(), func(*nats.Msg) {
		select {
		case wake <- struct{}{}:
		default: // it is to look already
		}
	})
	if err != nil {
		return fmt.Errorf("listen for writes: %w", err)
	}
	defer func() { _ = told.Unsubscribe() }() // a lost connection has unsubscribed it
	for {
		found, err := r.sweep(ctx, js)
		if err != nil {
			return err
		}
		if found {
			continue
		}
		waiting, cancel := context.WithTimeout(ctx, poll)
		select {
		case <-waiting.Done():
		case <-wake:
		}
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// index makes the documents that have entries quick to find.
func (r documentRelay) index(ctx context.Context) error {
	for _, name := range r.collections {
		model := driver.IndexModel{Keys: bson.D{{Key: Outbox, Value: 1}}, Options: options.Index().SetName(Outbox)}
		if _, err := r.database.Collection(name).Indexes().CreateOne(ctx, model); err != nil {
			return fmt.Errorf("make the index of the outbox of %s: %w", name, err)
		}
	}
	return nil
}

func (r documentRelay) wakeSubject() string { return "outbox." + r.Domain }

// wake tells the process that sends, be it this one or another, that this one
// has written something.
func (r documentRelay) wake(ctx context.Context) error {
	written, stop := mongo.Written(r.database)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-written:
			_ = r.NATS.Publish(r.wakeSubject(), nil) // should it be lost, the relay looks a little later
		}
	}
}

// sweep sends a batch of every collection, and tells whether there was any.
func (r documentRelay) sweep(ctx context.Context, js jetstream.JetStream) (found bool, err error) {
	var errs []error
	for _, name := range r.collections {
		documents, err := r.waiting(ctx, r.database.Collection(name))
		if err != nil {
			return found, err
		}
		if len(documents) == 0 {
			continue
		}
		found = true
		errs = append(errs, r.send(ctx, js, documents), r.clear(ctx, documents))
	}
	return found, errors.Join(errs...)
}

func (r documentRelay) waiting(ctx context.Context, c *driver.Collection) ([]*full, error) {
	found, err := c.Find(ctx, bson.D{{Key: Outbox, Value: Waiting}},
		options.Find().SetProjection(bson.M{Outbox: 1, DeletedAt: 1}).SetLimit(batch).SetBatchSize(batch))
	if err != nil {
		return nil, fmt.Errorf("read the outbox of %s: %w", c.Name(), err)
	}
	var documents []*full
	if err := found.All(ctx, &documents); err != nil {
		return nil, fmt.Errorf("read the outbox of %s: %w", c.Name(), err)
	}
	for _, d := range documents {
		d.collection = c
		for _, v := range d.Outbox {
			if entry, ok := v.DocumentOK(); ok {
				d.entries = append(d.entries, entry)
			}
		}
	}
	return documents, nil
}

// send publishes the first entries of all documents at once, then the second
// ones of those whose first the stream has, and so on.
func (r documentRelay) send(ctx context.Context, js jetstream.JetStream, documents []*full) error {
	var errs []error
	for place := 0; ; place++ {
		sent := map[*full]jetstream.PubAckFuture{}
		for _, d := range documents {
			if place >= len(d.entries) || len(d.sent) < place {
				continue
			}
			kind, id, body := text(d.entries[place], "type"), text(d.entries[place], "id"), text(d.entries[place], "body")
			future, err := js.PublishMsgAsync(&nats.Msg{Subject: "events." + kind, Data: []byte(body)}, jetstream.WithMsgID(id))
			if err != nil {
				errs = append(errs, fmt.Errorf("send event %s: %w", id, err))
				continue
			}
			sent[d] = future
		}
		if len(sent) == 0 {
			return errors.Join(errs...)
		}
		for d, future := range sent {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-future.Ok():
				d.sent = append(d.sent, d.entries[place])
			case err := <-future.Err():
				errs = append(errs, fmt.Errorf("send event %s: %w", text(d.entries[place], "id"), err))
			}
		}
	}
}

func text(entry bson.Raw, field string) string {
	s, _ := entry.Lookup(field).StringValueOK()
	return s
}

// clear takes out of the documents what was sent.
func (r documentRelay) clear(ctx context.Context, documents []*full) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(clearing)
	for _, d := range documents {
		group.Go(func() error {
			if err := d.clear(ctx); err != nil {
				return fmt.Errorf("clear the outbox of a document of %s: %w", d.collection.Name(), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// clear empties the outbox if it is as it was read and all of it is sent, and
// removes the document if it is a tombstone. Otherwise only what was sent is
// taken out; the marks stay for the next time.
func (d *full) clear(ctx context.Context) error {
	if len(d.sent) == len(d.entries) {
		if done, err := d.clearAsRead(ctx); done || err != nil {
			return err
		}
	}
	if len(d.sent) == 0 {
		return nil
	}
	_, err := d.collection.UpdateOne(ctx, bson.D{{Key: "_id", Value: d.ID}}, bson.M{"$pullAll": bson.M{Outbox: d.sent}})
	return err
}

// clearAsRead empties the outbox, or removes the tombstone, unless the outbox has
// changed since it was read.
func (d *full) clearAsRead(ctx context.Context) (done bool, err error) {
	asRead := bson.D{{Key: "_id", Value: d.ID}, {Key: Outbox, Value: d.Outbox}}
	if !d.DeletedAt.IsZero() {
		result, err := d.collection.DeleteOne(ctx, asRead)
		return err == nil && result.DeletedCount > 0, err
	}
	result, err := d.collection.UpdateOne(ctx, asRead, bson.M{"$set": bson.M{Outbox: bson.A{}}})
	return err == nil && result.MatchedCount > 0, err
}
