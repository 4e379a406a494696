package mongo

import (
	"context"
	"sync"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// writes tells those who wait that something was written through a client.
type writes struct {
	mu      sync.Mutex
	waiting map[chan struct{}]string // by database
}

// opened are the clients that Open has made and that are not disconnected.
var opened sync.Map // *mongo.Client to *writes

// Written gives a channel that gets a signal after something was written to the
// database by this process; signals that nobody takes become one. It is for a
// database of Server.Open, and ends with stop.
func Written(db *mongo.Database) (signal <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	found, ok := opened.Load(db.Client())
	if !ok {
		return c, func() {}
	}
	w := found.(*writes)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[c] = db.Name()
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting, c)
	}
}

func (w *writes) tell(database string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c, of := range w.waiting {
		if of != database {
			continue
		}
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// monitor passes on to next all that happens, and tells of writes.
func (w *writes) monitor(next *event.CommandMonitor) *event.CommandMonitor {
	m := event.CommandMonitor{Succeeded: func(ctx context.Context, e *event.CommandSucceededEvent) {
		if next != nil && next.Succeeded != nil {
			next.Succeeded(ctx, e)
		}
		switch e.CommandName {
		case "insert", "update", "findAndModify":
			w.tell(e.DatabaseName)
		}
	}}
	if next != nil {
		m.Started, m.Failed = next.Started, next.Failed
	}
	return &m
}
