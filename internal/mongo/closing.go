package mongo

import (
	"context"
	"sync"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"heddle/internal/run"
)

// Closing is a service that does nothing but disconnect the database's client
// when it stops.
func Closing(db *mongo.Database) run.Service { return &closing{db: db} }

type closing struct {
	db   *mongo.Database
	once sync.Once
	err  error
}

func (c *closing) Start(context.Context) error { return nil }

func (c *closing) Stop(ctx context.Context) error {
	c.once.Do(func() { c.err = c.db.Client().Disconnect(ctx) })
	return c.err
}
