package auth

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"heddle/internal/caller"
)

// How Redis is kept knowing which sessions have ended.
const (
	revokerPause = 5 * time.Second
	revokerMark  = "auth:revocations" // there as long as Redis has forgotten nothing
)

// revocationStore keeps what Redis must know.
type revocationStore interface {
	// Revocations reads the sessions whose tokens may be about: all, or those that Redis was not told of.
	Revocations(ctx context.Context, now time.Time, all bool) ([]string, error)
	Told(ctx context.Context, sessions []string) error
}

// Revoker tells Redis which sessions have ended. The database knows it first,
// in the transaction that ends them; a Redis that did not answer then, or that
// was emptied, is told again.
type Revoker struct {
	store  revocationStore
	client *redis.Client
	list   *caller.RedisRevocations
	now    func() time.Time
	log    *slog.Logger
}

// Revoke tells Redis of sessions that the database has ended. They have ended,
// whether or not Redis answers.
func (v *Revoker) Revoke(ctx context.Context, sessions []string) {
	if len(sessions) == 0 {
		return
	}
	if err := v.tell(context.WithoutCancel(ctx), sessions); err != nil {
		v.log.WarnContext(ctx, "sessions ended, but Redis was not told; trying again", "sessions", len(sessions), "error", err)
	}
}

func (v *Revoker) tell(ctx context.Context, sessions []string) error {
	if err := v.list.Revoke(ctx, revokedLife, sessions...); err != nil {
		return err
	}
	return v.store.Told(ctx, sessions)
}

// restore tells Redis what it does not know: everything if it was emptied.
func (v *Revoker) restore(ctx context.Context) error {
	there, err := v.client.Exists(ctx, revokerMark).Result()
	if err != nil {
		return err
	}
	sessions, err := v.store.Revocations(ctx, v.now(), there == 0)
	if err != nil {
		return err
	}
	if len(sessions) > 0 {
		if err := v.tell(ctx, sessions); err != nil {
			return err
		}
	}
	return v.client.Set(ctx, revokerMark, "", 0).Err()
}

// run restores again and again.
func (v *Revoker) run(ctx context.Context) error {
	every := time.NewTicker(revokerPause)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if err := v.restore(ctx); err != nil && ctx.Err() == nil {
			v.log.WarnContext(ctx, "Redis does not know which sessions have ended; trying again", "error", err)
		}
	}
}
