// Package mongo knows how a domain gets its own MongoDB database: reached, and
// with the indexes that the domain needs. The server may be FerretDB, so a
// domain relies on atomic updates of single documents, and not on transactions.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Server is one MongoDB server, on which each domain has its own database.
type Server struct {
	// URL names the server and who asks.
	URL string
	// Monitor, if set, sees every command.
	Monitor *event.CommandMonitor
}

// Index says by which fields a collection is searched.
type Index struct {
	Collection string
	Name       string
	Keys       bson.D // fields in order, each with 1 or -1
	Unique     bool
}

// Open connects to the domain's database and makes the indexes that are
// missing. Disconnect the database's client when the domain closes.
func (s Server) Open(ctx context.Context, database string, indexes ...Index) (*mongo.Database, error) {
	if s.URL == "" {
		return nil, errors.New(`there is no MongoDB server: HEDDLE_MONGO_URL must be set ("heddle stores" prints it)`)
	}
	told := &writes{waiting: map[chan struct{}]string{}}
	var client *mongo.Client
	config := options.Client().ApplyURI(s.URL).SetAppName("heddle").
		SetServerSelectionTimeout(10 * time.Second).SetMonitor(told.monitor(s.Monitor)).
		SetServerMonitor(&event.ServerMonitor{TopologyClosed: func(*event.TopologyClosedEvent) { opened.Delete(client) }}).
		SetBSONOptions(&options.BSONOptions{UseLocalTimeZone: false, NilSliceAsEmpty: true})
	client, err := mongo.Connect(config)
	if err != nil {
		return nil, fmt.Errorf("read MongoDB URL: %w", err)
	}
	opened.Store(client, told)
	db := client.Database(database)
	for _, i := range indexes {
		model := mongo.IndexModel{Keys: i.Keys, Options: options.Index().SetName(i.Name).SetUnique(i.Unique)}
		if _, err := db.Collection(i.Collection).Indexes().CreateOne(ctx, model); err != nil {
			_ = client.Disconnect(context.WithoutCancel(ctx)) // the first error says why
			return nil, fmt.Errorf("make index %s of %s.%s: %w", i.Name, database, i.Collection, err)
		}
	}
	return db, nil
}

// IsDuplicate tells whether err says that a unique index, or an _id, is taken.
func IsDuplicate(err error) bool {
	var refused mongo.CommandError
	return mongo.IsDuplicateKeyError(err) ||
		errors.As(err, &refused) && strings.Contains(refused.Message, "SQLSTATE 23505") // FerretDB, of an update
}
