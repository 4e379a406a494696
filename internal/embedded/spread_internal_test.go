package embedded

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A find by many values is spread, also if it wants all in one large batch, but
// not if it wants them in small ones or in an order.
func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		with bson.E
		want int
	}{
		{"and no more", bson.E{Key: "comment", Value: ""}, 2},
		{"in a large batch", bson.E{Key: "batchSize", Value: int32(10_000)}, 2},
		{"in small batches", bson.E{Key: "batchSize", Value: int32(100)}, 0},
		{"in an order", bson.E{Key: "sort", Value: bson.D{{Key: "_id", Value: 1}}}, 0},
	} {
		find, err := bson.Marshal(bson.D{
			{Key: "find", Value: "threads"}, {Key: "filter", Value: bson.D{{Key: "colour", Value: bson.D{{Key: "$in", Value: bson.A{"red", "blue"}}}}}}, c.with,
		})
		if err != nil {
			t.Fatal(err)
		}
		finds := spread(opMessage(make([]byte, 8), find))
		if len(finds) != c.want {
			t.Errorf("%s: %d finds, want %d", c.name, len(finds), c.want)
		}
		for _, one := range finds {
			command, _ := sections(one)
			if size, given := command.Lookup("batchSize").AsInt64OK(); !given || size != spreadEach {
				t.Errorf("%s: a find of one value is %s", c.name, command)
			}
		}
	}
}
