package main

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/events"
	"heddle/internal/mongo"
	"heddle/internal/run"
)

func (b *bench) documents(ctx context.Context) (*driver.Database, error) {
	return mongo.Server{URL: b.urls.Mongo}.Open(ctx, fmt.Sprintf("bench_events_%d", b.count))
}

// openMongo is a domain on MongoDB that hears its own events: its effect counts
// in a document of the thing, which records the event.
func openMongo(ctx context.Context, b *bench, heard *effects) (world, error) {
	db, err := b.documents(ctx)
	if err != nil {
		return world{}, err
	}
	kind := b.kind()
	exchange := events.Documents(events.DocumentConfig{
		Domain: fmt.Sprintf("bench%d", b.count), Database: db, Collections: []string{"things"}, NATS: b.nats, Log: b.log,
		Handlers: map[string]events.DocumentHandler{kind: func(ctx context.Context, e events.Event) error {
			_, err := db.Collection("counted").UpdateOne(ctx, bson.M{"_id": e.Entity},
				bson.M{"$inc": bson.M{"changes": 1}, "$set": bson.M{"handled": e.ID}}, options.UpdateOne().SetUpsert(true))
			if err == nil {
				heard.heard(e.ID, e.Entity)
			}
			return err
		}},
	})
	return world{run.All(mongo.Closing(db), exchange), func(ctx context.Context, id, thing string) error {
		e, err := b.event(ctx, kind, id, thing)
		if err != nil {
			return err
		}
		entry, err := events.Entry(e)
		if err != nil {
			return err
		}
		return changeDocument(ctx, db, thing, bson.M{"$inc": bson.M{"changes": 1}, "$push": bson.M{events.Outbox: entry}})
	}, true}, nil
}

func changeDocument(ctx context.Context, db *driver.Database, thing string, update bson.M) error {
	_, err := db.Collection("things").UpdateOne(ctx, bson.M{"_id": thing}, update, options.UpdateOne().SetUpsert(true))
	return err
}

func openDocuments(ctx context.Context, b *bench, _ *effects) (world, error) {
	db, err := b.documents(ctx)
	if err != nil {
		return world{}, err
	}
	return world{mongo.Closing(db), func(ctx context.Context, _, thing string) error {
		return changeDocument(ctx, db, thing, bson.M{"$inc": bson.M{"changes": 1}})
	}, false}, nil
}
