package mongo_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/embedded/storetest"
	"heddle/internal/mongo"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestServer_Open_unique_index(t *testing.T) {
	t.Parallel()
	server := mongo.Server{URL: storetest.Mongo(t)}
	unique := mongo.Index{Collection: "threads", Name: "colour", Keys: bson.D{{Key: "colour", Value: 1}}, Unique: true}
	for range 2 { // an index that is there is left as it is
		db, err := server.Open(t.Context(), "loom", unique)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Client().Disconnect(context.Background()); err != nil {
				t.Error(err)
			}
		})
		_, err = db.Collection("threads").InsertOne(t.Context(), bson.M{"colour": "red"})
		if err != nil && !mongo.IsDuplicate(err) {
			t.Fatal(err)
		}
	}
	db, err := server.Open(t.Context(), "loom")
	if err != nil {
		t.Fatal(err)
	}
	n, err := db.Collection("threads").CountDocuments(t.Context(), bson.M{})
	if err != nil || n != 1 {
		t.Errorf("%d threads, want 1 (%v)", n, err)
	}
	if err := db.Client().Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestServer_Open_bad_address(t *testing.T) {
	t.Parallel()
	_, err := mongo.Server{URL: "localhost"}.Open(t.Context(), "loom")
	if want := `read MongoDB URL: error parsing uri: scheme must be "mongodb" or "mongodb+srv"`; err == nil || err.Error() != want {
		t.Errorf("Open: %v, want %s", err, want)
	}
}

// TestIsDuplicate takes what is taken in each way in which that can happen.
func TestIsDuplicate(t *testing.T) {
	t.Parallel()
	unique := mongo.Index{Collection: "threads", Name: "colour", Keys: bson.D{{Key: "colour", Value: 1}}, Unique: true}
	c := threads(t, unique)
	for _, colour := range []string{"red", "blue"} {
		if _, err := c.InsertOne(t.Context(), bson.M{"_id": colour, "colour": colour}); err != nil {
			t.Fatal(err)
		}
	}
	blue, set := bson.M{"_id": "red"}, bson.M{"$set": bson.M{"colour": "blue"}}
	_, again := c.InsertOne(t.Context(), bson.M{"_id": "red"})
	_, inserted := c.InsertOne(t.Context(), bson.M{"_id": "green", "colour": "blue"})
	_, updated := c.UpdateOne(t.Context(), blue, set)
	changed := c.FindOneAndUpdate(t.Context(), blue, set).Err()
	for i, err := range []error{again, inserted, updated, changed} {
		if !mongo.IsDuplicate(err) {
			t.Errorf("%d: %v is not a duplicate", i, err)
		}
	}
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": "green", "colour": "green"}); mongo.IsDuplicate(err) || err != nil {
		t.Errorf("another colour: %v", err)
	}
}
