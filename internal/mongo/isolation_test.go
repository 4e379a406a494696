package mongo_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/embedded/storetest"
	"heddle/internal/mongo"
)

// TestServer_isolation changes documents at once in each way in which a change
// can name them: no change undoes another.
func TestServer_isolation(t *testing.T) {
	t.Parallel()
	const at = 40 // changes at once
	for _, c := range []struct {
		name   string
		change func(c *driver.Collection, i int) error
		want   string
	}{
		{"by its id", func(c *driver.Collection, i int) error {
			return updated(c.UpdateOne(t.Context(), bson.M{"_id": "loom"}, push(i)))
		}, "loom:40 shuttle:0"},
		{"by another field", func(c *driver.Collection, i int) error {
			return updated(c.UpdateOne(t.Context(), bson.M{"name": "loom"}, push(i)))
		}, "loom:40 shuttle:0"},
		{"all of them", func(c *driver.Collection, i int) error {
			return updated(c.UpdateMany(t.Context(), bson.M{}, push(i)))
		}, "loom:40 shuttle:40"},
		{"found and changed", func(c *driver.Collection, i int) error {
			return c.FindOneAndUpdate(t.Context(), bson.M{"_id": "loom"}, push(i)).Err()
		}, "loom:40 shuttle:0"},
		{"one by id, the other by name", func(c *driver.Collection, i int) error {
			if i%2 == 0 {
				return updated(c.UpdateOne(t.Context(), bson.M{"_id": "loom"}, push(i)))
			}
			return updated(c.UpdateOne(t.Context(), bson.M{"name": "loom"}, push(i)))
		}, "loom:40 shuttle:0"},
		{"several in one command", func(c *driver.Collection, i int) error {
			_, err := c.BulkWrite(t.Context(), []driver.WriteModel{
				driver.NewUpdateOneModel().SetFilter(bson.M{"_id": "loom"}).SetUpdate(push(i)),
				driver.NewUpdateOneModel().SetFilter(bson.M{"_id": "shuttle"}).SetUpdate(push(i)),
			})
			return err
		}, "loom:40 shuttle:40"},
		{"if nobody has", func(c *driver.Collection, i int) error {
			_, err := c.UpdateOne(t.Context(), bson.M{"_id": "loom", "threads": bson.M{"$size": 0}}, push(i))
			return err
		}, "loom:1 shuttle:0"},
		{"replaced or made", func(c *driver.Collection, i int) error {
			_, err := c.UpdateOne(t.Context(), bson.M{"_id": "reed"}, push(i), options.UpdateOne().SetUpsert(true))
			return err
		}, "loom:0 reed:40 shuttle:0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			threads := threads(t)
			for _, name := range []string{"loom", "shuttle"} {
				if _, err := threads.InsertOne(t.Context(), bson.M{"_id": name, "name": name, "threads": bson.A{}}); err != nil {
					t.Fatal(err)
				}
			}
			var changes sync.WaitGroup
			for i := range at {
				changes.Go(func() {
					if err := c.change(threads, i); err != nil {
						t.Error(err)
					}
				})
			}
			changes.Wait()
			if got := kept(t, threads); got != c.want {
				t.Errorf("kept %s, want %s", got, c.want)
			}
		})
	}
}

func threads(t *testing.T, indexes ...mongo.Index) *driver.Collection {
	t.Helper()
	db, err := mongo.Server{URL: storetest.Mongo(t)}.Open(t.Context(), "loom", indexes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Client().Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return db.Collection("threads")
}

func push(i int) bson.M { return bson.M{"$push": bson.M{"threads": i}} }

func updated(r *driver.UpdateResult, err error) error {
	if err == nil && r.MatchedCount == 0 {
		err = driver.ErrNoDocuments
	}
	return err
}

// kept counts the different threads of each document.
func kept(t *testing.T, c *driver.Collection) (all string) {
	t.Helper()
	found, err := c.Find(t.Context(), bson.M{}, options.Find().SetSort(bson.M{"_id": 1}))
	if err != nil {
		t.Fatal(err)
	}
	var docs []struct {
		ID      string `bson:"_id"`
		Threads []int
	}
	if err := found.All(t.Context(), &docs); err != nil {
		t.Fatal(err)
	}
	for i, d := range docs {
		different := map[int]bool{}
		for _, thread := range d.Threads {
			different[thread] = true
		}
		if i > 0 {
			all += " "
		}
		all += fmt.Sprintf("%s:%d", d.ID, len(different))
	}
	return all
}
