package presence

import (
	"cmp"
	"context"
	_ "embed" // for the script
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisStore keeps who is there in Redis. Each change is one script, so that
// what is kept and what is published of it cannot fall apart.
type redisStore struct{ client *redis.Client }

//go:embed store.lua
var storeLua string

var script = redis.NewScript(storeLua)

// sweepAtOnce is how much one sweep lets go of: Redis does nothing else meanwhile.
const sweepAtOnce = 100

func millis(t time.Time) int64 { return t.UnixMilli() }

func (s *redisStore) run(ctx context.Context, args ...any) *redis.Cmd {
	return script.Run(ctx, s.client, nil, args...)
}

func (s *redisStore) Renew(ctx context.Context, d Device, now, expires time.Time, typing *Typing) (*Presence, error) {
	state, until := "", int64(0)
	if typing != nil {
		state, until = "0", millis(typing.Expires)
		if typing.On {
			state = "1"
		}
	}
	record, err := s.run(ctx, "renew", d.RoomID, d.UserID, d.Name, millis(now), millis(expires), state, until).Text()
	if err != nil {
		return nil, fmt.Errorf("renew a device: %w", err)
	}
	return d.presence(record)
}

func (s *redisStore) Remove(ctx context.Context, d Device, now time.Time) (*Presence, error) {
	record, err := s.run(ctx, "remove", d.RoomID, d.UserID, d.Name, millis(now)).Text()
	if err != nil {
		return nil, fmt.Errorf("remove a device: %w", err)
	}
	return d.presence(record)
}

// presence is the person's presence in the device's room, nil without a room.
func (d Device) presence(record string) (*Presence, error) {
	if d.RoomID == "" {
		return nil, nil //nolint:nilnil // without a room there is none
	}
	return readRecord(d.RoomID, d.UserID, record)
}

// readRecord reads "since typing", which is empty if the person is not online.
func readRecord(room, user, record string) (*Presence, error) {
	if record == "" {
		return presenceOf(room, user, 0, false), nil
	}
	since, typing, _ := strings.Cut(record, " ")
	at, err := strconv.ParseInt(since, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the presence %q of %s in room %s: %w", record, user, room, err)
	}
	return presenceOf(room, user, at, typing == "1"), nil
}

func (s *redisStore) Sweep(ctx context.Context, now time.Time) (int, error) {
	n, err := s.run(ctx, "sweep", "", "", "", millis(now), sweepAtOnce).Int()
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	return n, nil
}

func (s *redisStore) Rooms(ctx context.Context, rooms []string) ([]*State, error) {
	if len(rooms) == 0 {
		return nil, nil
	}
	answers, err := s.states(ctx, rooms)
	if err != nil {
		return nil, fmt.Errorf("read who is there: %w", err)
	}
	states := make([]*State, len(rooms))
	for i, answer := range answers {
		if states[i], err = readState(rooms[i], answer); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// states asks for all rooms at once. A pipeline cannot fall back to sending the
// script itself, so a Redis that does not know it is told and asked again.
func (s *redisStore) states(ctx context.Context, rooms []string) ([][]string, error) {
	answers := make([][]string, len(rooms))
	for again := false; ; again = true {
		pipe := s.client.Pipeline()
		reads := make([]*redis.Cmd, len(rooms))
		for i, room := range rooms {
			reads[i] = script.EvalSha(ctx, pipe, nil, "state", room)
		}
		_, err := pipe.Exec(ctx)
		if redis.HasErrorPrefix(err, "NOSCRIPT") && !again {
			if err := script.Load(ctx, s.client).Err(); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, read := range reads {
			if answers[i], err = read.StringSlice(); err != nil {
				return nil, err
			}
		}
		return answers, nil
	}
}

func readState(room string, answer []string) (*State, error) {
	if len(answer)%2 != 1 {
		return nil, errors.New("read who is there: the answer is not whole")
	}
	version, err := strconv.ParseInt(answer[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read who is there: %w", err)
	}
	state := &State{Version: version}
	for i := 1; i < len(answer); i += 2 {
		p, err := readRecord(room, answer[i], answer[i+1])
		if err != nil {
			return nil, err
		}
		state.People = append(state.People, p)
	}
	slices.SortFunc(state.People, func(a, b *Presence) int {
		return cmp.Or(a.Since.Compare(*b.Since), strings.Compare(a.UserID, b.UserID))
	})
	return state, nil
}

func (s *redisStore) Online(ctx context.Context, users []string, now time.Time) ([]bool, error) {
	pipe := s.client.Pipeline()
	counts := make([]*redis.IntCmd, len(users))
	for i, user := range users {
		counts[i] = pipe.ZCount(ctx, "presence:user:"+user, "("+strconv.FormatInt(millis(now), 10), "+inf")
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("read who is online: %w", err)
	}
	online := make([]bool, len(users))
	for i, count := range counts {
		online[i] = count.Val() > 0
	}
	return online, nil
}

func (s *redisStore) Leave(ctx context.Context, room, user string, now time.Time) error {
	return s.forget(ctx, "leave", room, user, now)
}

func (s *redisStore) ForgetUser(ctx context.Context, user string, now time.Time) error {
	return s.forget(ctx, "forget_user", "", user, now)
}

func (s *redisStore) ForgetRoom(ctx context.Context, room string, now time.Time) error {
	return s.forget(ctx, "forget_room", room, "", now)
}

func (s *redisStore) forget(ctx context.Context, what, room, user string, now time.Time) error {
	if err := s.run(ctx, what, room, user, "", millis(now)).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("take %q out of room %q: %w", user, room, err)
	}
	return nil
}
