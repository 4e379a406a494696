package mongo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/fault"
	"heddle/internal/page"
)

// requests is the collection in which Once remembers what was asked.
const requests = "idempotency_keys"

// Request names what Once must not do twice.
type Request struct {
	Person    string  // whose key it is
	Operation string  // the mutation's name
	Key       *string // the client's idempotencyKey; nil does it without remembering
	Input     any     // what the client asked for: the same key with another input is a conflict
}

// request is what is remembered of a Request.
type request struct {
	ID     string `bson:"_id"`
	Person string `bson:"person"`
	Asked  string `bson:"asked"` // hash of the input
	Thing  string `bson:"thing"` // id that was set aside for it
	Made   bool   `bson:"made"`
}

// Once creates a thing, once: the same key from the same person gives the id
// that the first call gave, also when its reply was lost or both came at once.
// The id is set aside before create is called with it; a process that dies in
// between leaves the thing to be made by the next call with the key. So create
// may be called twice with the same id, and an _id that is taken means that it
// has done its work.
func Once(ctx context.Context, db *mongo.Database, r Request, id string, create func(id string) error) (thing string, made bool, err error) {
	if r.Key == nil {
		return id, true, create(id)
	}
	asked, err := r.remember(id)
	if err != nil {
		return "", false, err
	}
	c := db.Collection(requests)
	if _, err := c.InsertOne(ctx, asked); IsDuplicate(err) {
		sum := asked.Asked
		if err := c.FindOne(ctx, bson.M{"_id": asked.ID}).Decode(&asked); err != nil {
			return "", false, fmt.Errorf("read remembered request: %w", err)
		}
		if asked.Asked != sum {
			return "", false, fault.New(fault.Conflict, "The idempotency key %q was used before with another input.", *r.Key).With("field", "idempotencyKey")
		}
	} else if err != nil {
		return "", false, fmt.Errorf("remember request: %w", err)
	}
	if asked.Made {
		return asked.Thing, false, nil
	}
	if err := create(asked.Thing); err != nil {
		if refused(err) {
			_, _ = c.DeleteOne(ctx, bson.M{"_id": asked.ID, "made": false}) // it may be asked again with another input
		}
		return "", false, err
	}
	asked.Made = true
	if _, err := c.ReplaceOne(ctx, bson.M{"_id": asked.ID}, asked, options.Replace().SetUpsert(true)); err != nil {
		return "", false, fmt.Errorf("remember request: %w", err)
	}
	return asked.Thing, true, nil
}

func (r Request) remember(id string) (asked request, err error) {
	if n := utf8.RuneCountInString(*r.Key); n == 0 || n > 255 || !page.Text(*r.Key) {
		return asked, fault.Field("idempotencyKey", "An idempotency key has 1 to 255 characters, none of them NUL.")
	}
	input, err := json.Marshal(r.Input)
	if err != nil {
		return asked, fmt.Errorf("remember request: %w", err)
	}
	key, err := json.Marshal([]string{r.Person, r.Operation, *r.Key})
	if err != nil {
		return asked, fmt.Errorf("remember request: %w", err)
	}
	return request{ID: hash(key), Person: r.Person, Asked: hash(input), Thing: id}, nil
}

// refused tells an error that says that nothing was made from one after which
// that is not known.
func refused(err error) bool {
	code := fault.CodeOf(err)
	return code != fault.Internal && code != fault.Unavailable
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Forget forgets what a person has asked for with idempotency keys.
func Forget(ctx context.Context, db *mongo.Database, person string) error {
	if _, err := db.Collection(requests).DeleteMany(ctx, bson.M{"person": person}); err != nil {
		return fmt.Errorf("forget requests of %s: %w", person, err)
	}
	return nil
}
