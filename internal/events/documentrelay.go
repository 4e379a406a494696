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

// firstWaits is a field that a document has when its outbox has an entry, and
// that can be indexed: FerretDB hands no other question about an array to
// PostgreSQL.
const firstWaits = Outbox + ".0.waiting"

// documentRelay sends what stands in documents' outboxes.
type documentRelay struct {
	Config
	database    *driver.Database
	collections []string
}

// full is a document with entries in its outbox.
type full struct {
	ID        bson.RawValue `bson:"_id"`
	Outbox    []bson.Raw    `bson:"outbox"`
	DeletedAt bson.RawValue `bson:"deletedAt"`

	collection *driver.Collection
	sent       []bson.Raw // entries that the stream has on disk
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
	wake := make(chan *nats.Msg, 1)
	told, err := r.NATS.ChanSubscribe(r.wakeSubject(), wake)
	if err != nil {
		return fmt.Errorf("listen for writes: %w", err)
	}
	defer func() { _ = told.Unsubscribe() }() // a lost connection has unsubscribed it
	for {
		any, err := r.sweep(ctx, js)
		if err != nil {
			return err
		}
		if any {
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
		model := driver.IndexModel{Keys: bson.D{{Key: firstWaits, Value: 1}}, Options: options.Index().SetName("outbox_waiting")}
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
func (r documentRelay) sweep(ctx context.Context, js jetstream.JetStream) (any bool, err error) {
	var errs []error
	for _, name := range r.collections {
		documents, err := r.waiting(ctx, r.database.Collection(name))
		if err != nil {
			return any, err
		}
		if len(documents) == 0 {
			continue
		}
		any = true
		errs = append(errs, r.send(ctx, js, documents), r.clear(ctx, documents))
	}
	return any, errors.Join(errs...)
}

func (r documentRelay) waiting(ctx context.Context, c *driver.Collection) ([]*full, error) {
	found, err := c.Find(ctx, bson.D{{Key: firstWaits, Value: true}},
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
			if place >= len(d.Outbox) || len(d.sent) < place {
				continue
			}
			kind, id, body := text(d.Outbox[place], "type"), text(d.Outbox[place], "id"), text(d.Outbox[place], "body")
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
				d.sent = append(d.sent, d.Outbox[place])
			case err := <-future.Err():
				errs = append(errs, fmt.Errorf("send event %s: %w", text(d.Outbox[place], "id"), err))
			}
		}
	}
}

func text(entry bson.Raw, field string) string {
	s, _ := entry.Lookup(field).StringValueOK()
	return s
}

// clear takes out of the documents what was sent, and removes the tombstones
// that have nothing more to send.
func (r documentRelay) clear(ctx context.Context, documents []*full) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(clearing)
	for _, d := range documents {
		if len(d.sent) > 0 {
			group.Go(func() error { return d.clear(ctx) })
		}
	}
	return group.Wait()
}

func (d *full) clear(ctx context.Context) error {
	// FerretDB knows $pull and $pullAll of whole values alone.
	_, err := d.collection.UpdateOne(ctx, bson.D{{Key: "_id", Value: d.ID}}, bson.M{"$pullAll": bson.M{Outbox: d.sent}})
	if err == nil && !d.DeletedAt.IsZero() {
		_, err = d.collection.DeleteOne(ctx, bson.D{
			{Key: "_id", Value: d.ID}, {Key: Outbox, Value: bson.M{"$size": 0}}, {Key: DeletedAt, Value: d.DeletedAt},
		})
	}
	if err != nil {
		return fmt.Errorf("clear the outbox of a document of %s: %w", d.collection.Name(), err)
	}
	return nil
}
