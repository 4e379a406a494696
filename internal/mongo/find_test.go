package mongo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/mongo"
)

// TestServer_find_many asks in the way in which domains read many by a key: as
// one command, whatever the server makes of it.
func TestServer_find_many(t *testing.T) {
	t.Parallel()
	c := threads(t)
	for i := range 20 {
		if _, err := c.InsertOne(t.Context(), bson.M{"_id": fmt.Sprint("thread-", i), "colour": i % 3, "words": bson.A{fmt.Sprint("w", i), fmt.Sprint("w", i+1)}, "length": i}); err != nil {
			t.Fatal(err)
		}
	}
	one := bson.NewObjectID()
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": one, "colour": 0}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		filter bson.M
		how    *options.FindOptionsBuilder
		want   string
	}{
		{"several", bson.M{"_id": bson.M{"$in": bson.A{"thread-3", "thread-1", "thread-2"}}}, nil, "thread-1:1 thread-2:2 thread-3:0"},
		{"one twice and one that is not there", bson.M{"_id": bson.M{"$in": bson.A{"thread-1", "loom", "thread-1"}}}, nil, "thread-1:1"},
		{"none", bson.M{"_id": bson.M{"$in": bson.A{}}}, nil, ""},
		{"with another condition", bson.M{"_id": bson.M{"$in": bson.A{"thread-1", "thread-2"}}, "colour": 2}, nil, "thread-2:2"},
		{"with two conditions of the id", bson.M{"_id": bson.M{"$in": bson.A{"thread-1", "thread-2"}, "$ne": "thread-1"}}, nil, "thread-2:2"},
		{"ordered and limited", bson.M{"_id": bson.M{"$in": bson.A{"thread-1", "thread-2", "thread-3"}}}, options.Find().SetSort(bson.M{"_id": -1}).SetLimit(2), "thread-2:2 thread-3:0"},
		{"a part of each", bson.M{"_id": bson.M{"$in": bson.A{"thread-1"}}}, options.Find().SetProjection(bson.M{"colour": 1}), "thread-1:1"},
		{"by what is in lists", bson.M{"words": bson.M{"$in": bson.A{"w3", "w4"}}}, nil, "thread-2:2 thread-3:0 thread-4:1"},
		{"by what is in lists and by id", bson.M{"words": bson.M{"$in": bson.A{"w3", "w4"}}, "_id": bson.M{"$in": bson.A{"thread-2", "thread-9"}}}, nil, "thread-2:2"},
		{"in one large batch", bson.M{"words": bson.M{"$in": bson.A{"w3", "w4"}}}, options.Find().SetBatchSize(10_000), "thread-2:2 thread-3:0 thread-4:1"},
		{"without the id", bson.M{"words": bson.M{"$in": bson.A{"w3", "w4"}}}, options.Find().SetProjection(bson.M{"_id": 0, "colour": 1}), "<nil>:0 <nil>:1 <nil>:2"},
		{"by numbers", bson.M{"length": bson.M{"$in": bson.A{3, 4}}}, nil, "thread-3:0 thread-4:1"},
		{"by object ids", bson.M{"_id": bson.M{"$in": bson.A{one}}}, nil, one.Hex() + ":0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cursor, err := c.Find(t.Context(), test.filter, test.how)
			if err != nil {
				t.Fatal(err)
			}
			var found []bson.M
			if err := cursor.All(t.Context(), &found); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, thread := range found {
				id := thread["_id"]
				if o, ok := id.(bson.ObjectID); ok {
					id = o.Hex()
				}
				got = append(got, fmt.Sprint(id, ":", thread["colour"]))
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("threads (-want +got):\n%s", diff)
			}
		})
	}
	cursor, err := c.Find(t.Context(), bson.M{"_id": bson.M{"$in": bson.A{"thread-1"}, "$loom": 1}})
	if err == nil {
		t.Errorf("an unknown condition gave %v", cursor)
	}
}

// TestServer_find_in_index shows that what an index begins with is looked up in
// it: texts, what is in a list, and the fields of a unique index.
func TestServer_find_in_index(t *testing.T) {
	t.Parallel()
	c := threads(t,
		mongo.Index{Collection: "threads", Name: "colour", Keys: bson.D{{Key: "colour", Value: 1}, {Key: "length", Value: 1}}},
		mongo.Index{Collection: "threads", Name: "words", Keys: bson.D{{Key: "words", Value: 1}}},
		mongo.Index{Collection: "threads", Name: "number", Keys: bson.D{{Key: "loom", Value: 1}, {Key: "number", Value: 1}}, Unique: true})
	long := strings.Repeat("x", 9000) // more than fits into an entry of a B-tree
	documents := make([]any, 3000)
	for i := range documents {
		documents[i] = bson.M{"_id": fmt.Sprint(i), "colour": fmt.Sprint(i % 1000), "words": bson.A{fmt.Sprint("w", i), long}, "loom": fmt.Sprint(i % 7), "number": i, "length": i}
	}
	if _, err := c.InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]any{"_id": "7", "colour": "7", "words": "w7", "number": 7} {
		var plan bson.M
		err := c.Database().RunCommand(t.Context(), bson.D{{Key: "explain", Value: bson.D{{Key: "find", Value: "threads"}, {Key: "filter", Value: bson.M{field: value}}}}}).Decode(&plan)
		if err != nil {
			t.Fatal(err)
		}
		text, err := bson.MarshalExtJSON(plan, false, false)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "Index Scan") {
			t.Errorf("%s is looked up so: %s", field, text)
		}
		if n, err := c.CountDocuments(t.Context(), bson.M{field: value}); err != nil || n < 1 || n > 3 {
			t.Errorf("%d threads by %s (%v)", n, field, err)
		}
	}
	if _, err := c.InsertOne(t.Context(), bson.M{"loom": "0", "number": 7}); !mongo.IsDuplicate(err) {
		t.Errorf("a number that is taken gave %v", err)
	}
}
