package events

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"heddle/internal/run"
)

// Fields of a document of a domain on MongoDB.
const (
	// Outbox is the field of a document in which its events wait to be sent.
	Outbox = "outbox"
	// DeletedAt is the field of a tombstone: what is left of a deleted thing,
	// its id and its outbox, goes when its events have been sent.
	DeletedAt = "deletedAt"
)

// Waiting stands in an outbox beside each entry: documents whose outbox has it
// are those that the relay looks at. That an array has a certain text in it is
// the one thing about arrays that FerretDB asks PostgreSQL, where an index knows
// it. Pushed alone, it has the relay take a tombstone away that tells nobody.
const Waiting = "waiting"

// Entry is the event as it is pushed into a document's array "outbox", in the
// same update as the change that the event tells of.
//
//	students.UpdateOne(ctx, bson.M{"_id": id}, bson.M{"$set": change, "$push": bson.M{events.Outbox: entry}})
func Entry(e Event) (bson.M, error) {
	entries, err := Entries(e)
	return bson.M{"$each": entries}, err
}

// Entries is the array "outbox" of a document that is inserted with its events.
func Entries(of ...Event) (bson.A, error) {
	entries := bson.A{}
	for _, e := range of {
		body, err := e.encode()
		if err != nil {
			return nil, err
		}
		entries = append(entries, bson.D{{Key: "id", Value: e.ID}, {Key: "type", Value: e.Type}, {Key: "body", Value: string(body)}}, Waiting)
	}
	return entries, nil
}

// DocumentHandler has the effect of an event on documents. An event may come
// several times over, so an effect is once only if doing it again changes
// nothing, or if the document it changes records the event's id in the same
// update.
type DocumentHandler func(ctx context.Context, e Event) error

// DocumentConfig is the side of the exchange of a domain on MongoDB.
type DocumentConfig struct {
	Domain      string          // who sends and listens; the durable consumer has this name
	Database    *mongo.Database // the domain's own, of mongo.Server.Open
	Collections []string        // whose documents have an outbox
	NATS        *nats.Conn
	Log         *slog.Logger
	Handlers    map[string]DocumentHandler // by event type; none makes a domain that only sends

	FromNow bool // as in Config

	Tries int           // until an event goes to the dead letters; 8 unless given
	Pause time.Duration // before the second try, doubled with each; 250 ms unless given
}

// Documents sends what stands in the outboxes of the domain's documents, in
// order for each document, and handles the events that the domain listens to,
// in order for each entity. One of the domain's processes does so at a time.
// Neither NATS nor MongoDB needs to be there when it starts.
func Documents(c DocumentConfig) run.Service {
	shared := Config{Domain: c.Domain, NATS: c.NATS, Log: c.Log, FromNow: c.FromNow, Tries: c.Tries, Pause: c.Pause}.withDefaults()
	relay := documentRelay{Config: shared, database: c.Database, collections: c.Collections}
	services := []run.Service{run.Background(relay.wake), leased(shared, "relay", "sending events", relay.relay)}
	if len(c.Handlers) > 0 {
		shared.Handlers = map[string]Handler{} // for the subjects alone
		for _, kind := range slices.Sorted(maps.Keys(c.Handlers)) {
			shared.Handlers[kind] = nil
		}
		services = append(services, leased(shared, "consumer", "handling events", func(ctx context.Context) error {
			return listener{shared, newDocumentInbox(c)}.listen(ctx)
		}))
	}
	return run.Parallel(services...)
}

// largest is how long an event may be: what NATS takes, unless it is told
// otherwise, less the headers.
const largest = 1<<20 - 8<<10

// encode writes the event as it is sent.
func (e Event) encode() ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write event %s: %w", e.Type, err)
	}
	if len(body) > largest {
		return nil, fmt.Errorf("write event %s: it has %d bytes; the bus takes at most %d", e.Type, len(body), largest)
	}
	return body, nil
}
