package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/events"
)

// looks is how often each question of the lookup is asked.
const looks = 40

// lookup measures the one thing of the MongoDB outbox that could grow with the
// collection: the relay's look for documents that have an event to send, among
// few documents and among many; beside, a find by id. And what a write takes to
// its effect where there are so many.
func (b *bench) lookup(ctx context.Context, documents int) error {
	b.count++
	heard := newEffects()
	open, err := openMongo(ctx, b, heard)
	if err != nil {
		return err
	}
	if err := open.Start(ctx); err != nil { // which makes the relay's index
		return err
	}
	defer func() { _ = open.Stop(context.WithoutCancel(ctx)) }() // what was measured was measured
	db, err := b.documents(ctx)
	if err != nil {
		return err
	}
	things := db.Collection("things")
	fmt.Println("\nthe relay's look for documents with an event to send")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "documents\tnone has one, p50\tp99\tlimit: find by id, p50\tp99\twrite to effect, p50\tp99")
	have := 0
	for _, n := range []int{min(1000, documents), documents} {
		if err := fillThings(ctx, things, have, n); err != nil {
			return err
		}
		have = n
		r := row{}
		heard.reset()
		if err := b.singly(ctx, open, heard, &r); err != nil {
			return err
		}
		look, err := asked(ctx, things, bson.D{{Key: events.Outbox, Value: "waiting"}})
		if err != nil {
			return err
		}
		byID, err := asked(ctx, things, bson.D{{Key: "_id", Value: "filler-1"}})
		if err != nil {
			return err
		}
		lookP50, lookP99 := quantiles(look)
		idP50, idP99 := quantiles(byID)
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", n, ms(lookP50), ms(lookP99), ms(idP50), ms(idP99), ms(r.p50), ms(r.p99))
	}
	return w.Flush()
}

// fillThings makes documents as a domain has them whose events were all sent.
func fillThings(ctx context.Context, things *driver.Collection, from, to int) error {
	const batch = 1000
	for ; from < to; from += batch {
		var documents []any
		for n := from; n < min(from+batch, to); n++ {
			documents = append(documents, bson.D{
				{Key: "_id", Value: fmt.Sprintf("filler-%d", n)}, {Key: "changes", Value: 1}, {Key: events.Outbox, Value: bson.A{}},
				{Key: "name", Value: "A thing that has a name and some more to say of itself, as records have."},
			})
		}
		if _, err := things.InsertMany(ctx, documents); err != nil {
			return fmt.Errorf("make documents: %w", err)
		}
	}
	return nil
}

// asked measures a find of the relay's kind.
func asked(ctx context.Context, things *driver.Collection, filter bson.D) ([]time.Duration, error) {
	var took []time.Duration
	for range looks {
		began := time.Now()
		found, err := things.Find(ctx, filter, options.Find().SetLimit(256).SetBatchSize(256))
		if err != nil {
			return nil, err
		}
		var all []bson.Raw
		if err := found.All(ctx, &all); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}
