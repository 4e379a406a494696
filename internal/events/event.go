// Package events knows how domains tell each other what happened: an event is
// written in the transaction of the change itself (the outbox), relayed to NATS
// JetStream, and handled by each domain that listens once in effect.
package events

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/postgres"
)

// Event is something that happened in a domain.
type Event struct {
	ID      string          `json:"id"`      // UUIDv7; a consumer handles an id once
	Type    string          `json:"type"`    // noun and past participle, such as "user.deleted"
	Version int             `json:"version"` // of the shape of Data, from 1
	Time    time.Time       `json:"time"`    // when it happened
	Actor   string          `json:"actor"`   // id of the person or service that caused it
	Entity  string          `json:"entity"`  // id of the thing it happened to; order is kept per entity
	Request string          `json:"request"` // id of the request that caused it
	Trace   string          `json:"trace"`   // traceparent of what caused it (W3C Trace Context, section 3.2)
	Data    json.RawMessage `json:"data"`
}

//go:embed outbox/*.sql
var outbox embed.FS

// Migration is the set of the tables that Append and Consumer use.
func Migration() postgres.Migration {
	files, err := fs.Sub(outbox, "outbox")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return postgres.Migration{Table: "events_version", Files: files}
}

// Append writes the event in the transaction of the change that it tells of.
// It is sent once the transaction is committed, and only then. Two transactions
// that append about the same entity do so one after the other, in the order in
// which they are committed.
func Append(ctx context.Context, tx pgx.Tx, e Event) error {
	body, err := e.encode()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `WITH turn AS MATERIALIZED (
			SELECT pg_advisory_xact_lock(1751475301, hashtext($4)), CASE WHEN $5 THEN pg_notify('outbox', '') END)
		INSERT INTO outbox (id, type, body) SELECT $1, $2, $3 FROM turn`, e.ID, e.Type, body, e.Entity, toNotify(tx))
	if err != nil {
		return fmt.Errorf("append event %s: %w", e.Type, err)
	}
	return nil
}
