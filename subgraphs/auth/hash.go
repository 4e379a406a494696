package auth

import (
	"context"
	"runtime"
	"sync"

	"github.com/alexedwards/argon2id"

	"heddle/internal/fault"
)

// passwordCost is what one password costs to try: about 19 MiB and 30 ms.
var passwordCost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashesAtOnce bounds the memory that a flood of sign-ins takes.
func hashesAtOnce() int { return max(2, runtime.GOMAXPROCS(0)) }

// Hasher hashes passwords with argon2id, a bounded number at once; who comes
// when all are busy waits.
type Hasher struct {
	cost  argon2id.Params
	slots chan struct{}
	decoy func() (string, error) // the hash of no password
}

// NewHasher makes hashes of the cost.
func NewHasher(cost argon2id.Params, atOnce int) *Hasher {
	return &Hasher{
		cost: cost, slots: make(chan struct{}, atOnce),
		decoy: sync.OnceValues(func() (string, error) { return argon2id.CreateHash("", &cost) }),
	}
}

// Hash gives the hash that is kept of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(typed(password), &h.cost)
}

// Matches tells whether the password is the one that was hashed, and whether
// the hash is of another cost than today's. An empty hash, of an account that is
// not there, matches nothing and takes as long.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (matches, outdated bool, err error) {
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	there := hash != ""
	if !there {
		if hash, err = h.decoy(); err != nil {
			return false, false, err
		}
	}
	if len(password) > 4*passwordMax {
		password = ""
		there = false
	}
	matches, cost, err := argon2id.CheckHash(typed(password), hash)
	if err != nil || !matches || !there {
		return false, false, err
	}
	return true, *cost != h.cost, nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, ctx.Err(), "Too many people sign in at this moment. Try again.")
	}
}

func (h *Hasher) leave() { <-h.slots }
