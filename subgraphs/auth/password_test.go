package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"heddle/internal/fault"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, password string
		ok             bool
	}{
		{"good", "correct horse battery", true},
		{"shortest", "12345678", true},
		{"short", "1234567", false},
		{"short in characters, long in bytes", "ééééééé", false},
		{"longest", strings.Repeat("é", 256), true},
		{"long", strings.Repeat("a", 257), false},
		{"the e-mail address", "Ada.Lovelace@heddle.example", false},
		{"the person of the e-mail address", "ada.lovelace", false},
		{"the username", "Countess", false},
		{"the username and a space", "countess ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := checkPassword("newPassword", c.password, "ada.lovelace@heddle.example", "countess")
			var f *fault.Error
			if c.ok != (err == nil) || (!c.ok && (!errors.As(err, &f) || f.Field != "newPassword")) {
				t.Errorf("checkPassword(%q) says %v", c.password, err)
			}
		})
	}
}

func cheap() argon2id.Params {
	return argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func TestHasher_Matches(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap(), 1)
	hash, err := h.Hash(t.Context(), "caf\u00e9 au lait")
	if err != nil {
		t.Fatal(err)
	}
	dear := cheap()
	dear.Iterations = 2
	for _, c := range []struct {
		name, password, hash string
		hasher               *Hasher
		matches, outdated    bool
	}{
		{"the password", "caf\u00e9 au lait", hash, h, true, false},
		{"typed on another keyboard", "cafe\u0301 au lait", hash, h, true, false},
		{"another password", "cafe au lait", hash, h, false, false},
		{"an account that is not there", "", "", h, false, false},
		{"more than anybody types", strings.Repeat("a", 1<<20), hash, h, false, false},
		{"a hash of another cost", "caf\u00e9 au lait", hash, NewHasher(dear, 1), true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			matches, outdated, err := c.hasher.Matches(t.Context(), c.password, c.hash)
			if err != nil || matches != c.matches || outdated != c.outdated {
				t.Errorf("Matches gave %t, %t, %v; want %t, %t", matches, outdated, err, c.matches, c.outdated)
			}
		})
	}
}

func TestHasher_Hash_waits_when_all_are_busy(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap(), 1)
	h.slots <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "password"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Hash gave %v, want UNAVAILABLE", err)
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), "password"); err != nil {
		t.Errorf("Hash gave %v once there was room", err)
	}
}
