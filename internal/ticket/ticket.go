// Package ticket gives somebody a link that works for a while: to a file, say,
// which a browser fetches without a token. What the link is for lies in Redis
// under a name that nobody can guess; whoever has the name has the right.
package ticket

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"heddle/internal/fault"
)

// Issue keeps the payload, as JSON, for as long as life, and returns the token
// that stands for it: 26 letters and digits, of 128 random bits. The kind keeps
// tickets for different things apart, such as "students.export".
func Issue(ctx context.Context, store *redis.Client, kind string, payload any, life time.Duration) (string, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return "", fmt.Errorf("write a ticket of %s: %w", kind, err)
	}
	token := rand.Text()
	if err := store.Set(ctx, key(kind, token), text, life).Err(); err != nil {
		return "", fault.New(fault.Unavailable, "No link can be given now; please try again.")
	}
	return token, nil
}

// Redeem reads what the token stands for into payload. It may be redeemed again
// until it expires. One that is unknown or has expired gives a NOT_FOUND fault.
func Redeem(ctx context.Context, store *redis.Client, kind, token string, payload any) error {
	text, err := store.Get(ctx, key(kind, token)).Bytes()
	if errors.Is(err, redis.Nil) {
		return fault.New(fault.NotFound, "This link is not valid, or no longer.")
	}
	if err != nil {
		return fault.New(fault.Unavailable, "The link cannot be looked up now; please try again.")
	}
	if err := json.Unmarshal(text, payload); err != nil {
		return fmt.Errorf("read a ticket of %s: %w", kind, err)
	}
	return nil
}

func key(kind, token string) string { return "ticket:" + kind + ":" + token }
