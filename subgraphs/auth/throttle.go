package auth

import (
	"context"
	"encoding/hex"
	"math"
	"time"

	"github.com/redis/go-redis/v9"

	"heddle/internal/fault"
)

// limit is how often something may be tried within a window that begins with
// the first try.
type limit struct {
	name   string
	tries  int64
	window time.Duration
	field  string // what the limit counts, in the words of its sentence
}

// What is limited. Sign-ins that succeed are not counted.
var (
	perAccount      = limit{"signin:account", 10, 15 * time.Minute, "for this account"}
	perAddress      = limit{"signin:address", 100, 15 * time.Minute, "from your address"}
	signUpAddress   = limit{"signup:address", 300, time.Hour, "from your address"}
	resetPerEmail   = limit{"reset:email", 3, time.Hour, "for this address"}
	resetPerAddress = limit{"reset:address", 30, time.Hour, "from your address"}
)

// Throttle counts tries in Redis, for all processes together.
type Throttle struct{ client *redis.Client }

func (l limit) key(of string) string {
	return "auth:tries:" + l.name + ":" + hex.EncodeToString(hashOf(of)[:16])
}

// Take counts a try before it is made, so that many at once do not slip
// through. It gives RATE_LIMITED, with the seconds until the window ends, when
// there were too many. What is not known (an empty of) is not limited.
func (t *Throttle) Take(ctx context.Context, l limit, of string) error {
	if of == "" {
		return nil
	}
	var tries *redis.IntCmd
	var left *redis.DurationCmd
	_, err := t.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		tries = p.Incr(ctx, l.key(of))
		p.ExpireNX(ctx, l.key(of), l.window)
		left = p.PTTL(ctx, l.key(of))
		return nil
	})
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "Signing in is not possible now. Try again.")
	}
	if tries.Val() <= l.tries {
		return nil
	}
	seconds := max(1, int(math.Ceil(left.Val().Seconds())))
	return fault.New(fault.RateLimited, "Too many tries %s. Wait %d seconds.", l.field, seconds).With("retryAfter", seconds)
}

// Back takes a try off the count: it was a good one.
func (t *Throttle) Back(ctx context.Context, l limit, of string) error {
	if of == "" {
		return nil
	}
	_, err := t.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Decr(ctx, l.key(of))
		p.ExpireNX(ctx, l.key(of), l.window)
		return nil
	})
	return err
}

// Forget begins anew.
func (t *Throttle) Forget(ctx context.Context, l limit, of string) error {
	return t.client.Del(ctx, l.key(of)).Err()
}
