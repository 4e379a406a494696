package caller

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisRevocations is the list of ended sessions in Redis. The domain that
// issues tokens writes it, everybody who verifies them reads it. An entry
// lives as long as a token of the session could.
type RedisRevocations struct{ client *redis.Client }

// NewRedisRevocations uses the client's database.
func NewRedisRevocations(client *redis.Client) *RedisRevocations {
	return &RedisRevocations{client: client}
}

func revokedKey(session string) string { return "auth:revoked:" + session }

// Revoked tells whether the session has ended.
func (r *RedisRevocations) Revoked(ctx context.Context, session string) (bool, error) {
	n, err := r.client.Exists(ctx, revokedKey(session)).Result()
	return n > 0, err
}

// RevokedAmong are those of the sessions that have ended, asked for at once.
func (r *RedisRevocations) RevokedAmong(ctx context.Context, sessions []string) ([]string, error) {
	asked := make([]*redis.IntCmd, len(sessions))
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, session := range sessions {
			asked[i] = p.Exists(ctx, revokedKey(session))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var ended []string
	for i, answer := range asked {
		if answer.Val() > 0 {
			ended = append(ended, sessions[i])
		}
	}
	return ended, nil
}

// Revoke ends the sessions, for as long as their tokens could still be valid.
func (r *RedisRevocations) Revoke(ctx context.Context, ttl time.Duration, sessions ...string) error {
	if len(sessions) == 0 {
		return nil
	}
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, session := range sessions {
			p.Set(ctx, revokedKey(session), "", ttl)
		}
		return nil
	})
	return err
}
