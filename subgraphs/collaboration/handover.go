package collaboration

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"heddle/internal/events"
	"heddle/internal/postgres"
	"heddle/internal/yjs"
)

const (
	lookEvery    = 500 * time.Millisecond // how often a process looks whether a document is due
	compactAfter = 100                    // updates, after which they are merged in the store
	enteredFor   = 6 * time.Hour          // after which a listener that never left is forgotten
)

// handOver hands documents over when they are due. Every process does, each
// document is handed over by one: its row is locked meanwhile.
func (r *Resolvers) handOver(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case room := <-r.grown:
			if err := r.compact(ctx, room); err != nil && ctx.Err() == nil {
				r.Log.WarnContext(ctx, "could not compact a document", "room", room, "error", err)
			}
			continue
		case <-ticker.C:
		case <-r.due:
		}
		if err := r.handOverDue(ctx); err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "could not hand a document over; trying again", "error", err)
		}
	}
}

func (r *Resolvers) handOverDue(ctx context.Context) error {
	for {
		more, err := r.Store.HandOver(ctx, r.Now())
		if err != nil || !more {
			return err
		}
	}
}

// compactLater has the room's updates merged in the store once in a while.
func (r *Resolvers) compactLater(room string, number int64) {
	if number%compactAfter != 0 {
		return
	}
	select {
	case r.grown <- room:
	default: // the next time
	}
}

func (r *Resolvers) compact(ctx context.Context, room string) error {
	records, err := r.documents(ctx, []string{room})
	if err != nil {
		return err
	}
	doc, err := records[room].merge()
	if err != nil {
		return err
	}
	return r.Store.Compact(ctx, room, Merged{records[room].Number, doc.State()})
}

// HandOver hands over one document that is due: what says so, and the document
// itself, goes into the outbox in one transaction.
func (s *postgresStore) HandOver(ctx context.Context, now time.Time) (handed bool, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		var room string
		err := tx.QueryRow(ctx, `SELECT room_id FROM documents WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`, now).Scan(&room)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look for documents that are due: %w", err)
		}
		handed = true
		return s.handOver(ctx, tx, room)
	})
	return handed && err == nil, err
}

func (s *postgresStore) handOver(ctx context.Context, tx pgx.Tx, room string) error {
	found, err := records(ctx, tx, []string{room}, nil)
	if err != nil {
		return err
	}
	doc, err := found[0].merge()
	if err != nil {
		return err
	}
	parts, err := s.settled(ctx, found[0], doc)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := events.Append(ctx, tx, part); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE documents SET due_at = NULL, latest_due = NULL WHERE room_id = $1`, room)
	if err != nil {
		return fmt.Errorf("note that the document of room %s was handed over: %w", room, err)
	}
	return nil
}

func (s *postgresStore) Due(ctx context.Context, room string, now time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE documents SET due_at = $2 WHERE room_id = $1 AND due_at > $2`, room, now)
	if err != nil {
		return fmt.Errorf("note that the document of room %s is due: %w", room, err)
	}
	return nil
}

// partSize is how much of a document goes into one event: half of what NATS
// takes unless it is told otherwise.
const partSize = 384 << 10

// settled tells that a document has come to rest, and hands it over in parts.
func (r *Resolvers) settled(ctx context.Context, record *Record, doc *yjs.Doc) ([]events.Event, error) {
	state := doc.State()
	count := (len(state) + partSize - 1) / partSize
	parts := make([]events.Event, 0, count)
	for i := range count {
		part := state[i*partSize : min((i+1)*partSize, len(state))]
		e, err := codeSettled.New(ctx, r.NewID(), r.Now(), record.RoomID, settledData{
			Number: record.Number, WrittenAt: record.WrittenAt, WrittenBy: record.WrittenBy,
			Part: i, Parts: count, State: base64.StdEncoding.EncodeToString(part),
		})
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	return parts, nil
}

// Who follows a document in which process is counted in Redis, to tell when the
// last one leaves. Where the count is lost or a process died, the document is
// handed over all the same, a little later.

func followersKey(room string) string { return "collaboration:followers:" + room }

// counting changes how many followers a room has in a process, and gives how
// many it has in all.
var counting = redis.NewScript(`
	if redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2]) <= 0 then redis.call('HDEL', KEYS[1], ARGV[1]) end
	redis.call('PEXPIRE', KEYS[1], ARGV[3])
	local all = 0
	for _, n in ipairs(redis.call('HVALS', KEYS[1])) do all = all + tonumber(n) end
	return all`)

func (r *Resolvers) enter(ctx context.Context, room string) {
	if _, err := r.count(ctx, room, 1); err != nil {
		r.Log.WarnContext(ctx, "could not count a follower", "room", room, "error", err)
	}
}

// leave makes the document due when nobody follows it any more.
func (r *Resolvers) leave(ctx context.Context, room string) {
	ctx = context.WithoutCancel(ctx)
	left, err := r.count(ctx, room, -1)
	if err == nil && left == 0 {
		err = r.Store.Due(ctx, room, r.Now())
		select {
		case r.due <- struct{}{}:
		default: // there is one already
		}
	}
	if err != nil {
		r.Log.WarnContext(ctx, "could not see whether the last follower has left; the document is handed over on its pause", "room", room, "error", err)
	}
}

func (r *Resolvers) count(ctx context.Context, room string, by int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	return counting.Run(ctx, r.Redis, []string{followersKey(room)}, r.process, by, enteredFor.Milliseconds()).Int()
}
