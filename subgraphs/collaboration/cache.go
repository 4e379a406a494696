package collaboration

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The merged documents live in Redis, so that whoever opens one has not to merge
// all that was written since the last time it was compacted. One that Redis has
// lost, or cannot give now, is merged from the store.

const (
	liveFor      = 24 * time.Hour         // a live document stays in Redis after it was last merged
	cacheTimeout = 500 * time.Millisecond // how long anybody waits for one
)

func liveKey(room string) string { return "collaboration:document:" + room }

// keep replaces the live document, unless that has come further.
var keep = redis.NewScript(`
	local number = tonumber(redis.call('HGET', KEYS[1], 'number') or '0')
	if number >= tonumber(ARGV[1]) then return 0 end
	redis.call('HSET', KEYS[1], 'number', ARGV[1], 'state', ARGV[2])
	redis.call('PEXPIRE', KEYS[1], ARGV[3])
	return 1`)

// alive reads the live documents of the rooms, as far as Redis has them.
func (r *Resolvers) alive(ctx context.Context, rooms []string) map[string]Merged {
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	known := map[string]Merged{}
	pipe := r.Redis.Pipeline()
	reads := make([]*redis.SliceCmd, len(rooms))
	for i, room := range rooms {
		reads[i] = pipe.HMGet(ctx, liveKey(room), "number", "state")
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		r.Log.WarnContext(ctx, "could not read live documents from Redis; merging them anew", "error", err)
		return known
	}
	for i, room := range rooms {
		values := reads[i].Val()
		if len(values) != 2 {
			continue
		}
		text, _ := values[0].(string)
		state, _ := values[1].(string)
		if number, err := strconv.ParseInt(text, 10, 64); err == nil && number > 0 && state != "" {
			known[room] = Merged{Number: number, State: []byte(state)}
		}
	}
	return known
}

// documents reads the documents of rooms; the caller must have been checked.
func (r *Resolvers) documents(ctx context.Context, rooms []string) (map[string]*Record, error) {
	found, err := r.Store.Records(ctx, rooms, r.alive(ctx, rooms))
	if err != nil {
		return nil, err
	}
	records := make(map[string]*Record, len(found))
	for _, record := range found {
		if err := r.refresh(ctx, record); err != nil {
			return nil, err
		}
		records[record.RoomID] = record
	}
	return records, nil
}

// refresh merges what came since the live document was merged, and puts the
// outcome in its place.
func (r *Resolvers) refresh(ctx context.Context, record *Record) error {
	since := len(record.Updates) - 1
	if since < 1 {
		return nil
	}
	doc, err := record.merge()
	if err != nil {
		return err
	}
	state := doc.State()
	record.Updates = [][]byte{state}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	err = keep.Run(ctx, r.Redis, []string{liveKey(record.RoomID)}, record.Number, state, liveFor.Milliseconds()).Err()
	if err != nil {
		r.Log.WarnContext(ctx, "could not keep a live document in Redis", "room", record.RoomID, "error", err)
	}
	return nil
}
