package collaboration

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/events"
	"heddle/internal/yjs"
)

// NewPostgresStore is the store over the database of a test. It hands documents
// over to nobody.
func NewPostgresStore(pool *pgxpool.Pool) Store {
	return &postgresStore{pool: pool, settled: func(context.Context, *Record, *yjs.Doc) ([]events.Event, error) { return nil, nil }}
}

// Limits that tests reach.
const (
	UpdateLimit   = updateLimit
	DocumentLimit = documentLimit
	PartSize      = partSize
	Pause         = pause
	MostPause     = mostPause
)

// Merge makes one document of a record's updates.
func (r *Record) Merge() (*yjs.Doc, error) { return r.merge() }

// NewThrottle is a throttle.
var NewThrottle = newThrottle

// Offer offers something to the throttle.
func (t *throttle) Offer(key string, what func()) { t.offer(key, what) }
