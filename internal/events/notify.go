package events

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Transactions that notify are committed one after the other in all of a
// PostgreSQL server, each waiting for the disk. So one that follows another
// within notifyApart does not notify: the relay, once woken, keeps looking for a
// while, at growing intervals, and finds it.
const (
	notifyApart = 10 * time.Millisecond
	lookAgain   = 2 * time.Millisecond // first interval after the outbox had something
	poll        = 2 * time.Second      // the longest one, should no notification come
)

// notified is when this process last notified, by database.
var notified sync.Map // string to *atomic.Int64, nanoseconds

// toNotify tells whether the transaction is to wake the relay when it commits.
func toNotify(tx pgx.Tx) bool {
	c := tx.Conn().Config()
	found, _ := notified.LoadOrStore(c.Host+"/"+c.Database, new(atomic.Int64))
	last := found.(*atomic.Int64)
	before, now := last.Load(), time.Now().UnixNano()
	return now-before >= int64(notifyApart) && last.CompareAndSwap(before, now)
}

// look waits until there may be something in the outbox: until a notification,
// or for the interval.
func look(ctx context.Context, turn *pgx.Conn, interval time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, interval)
	defer cancel()
	_, err := turn.WaitForNotification(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}
