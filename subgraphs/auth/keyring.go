package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// How signing keys follow each other. A new key is in the key set before it
// signs, so that whoever fetches the set meanwhile has it.
const (
	keyLife  = 90 * 24 * time.Hour // then another one signs
	keyLead  = time.Minute         // between a key's being in the set and its signing
	keysKept = 20 * time.Second    // before they are read again; less than keyLead
)

// SigningKey is a key of the domain's own, as it is kept.
type SigningKey struct {
	ID        string
	Public    ed25519.PublicKey
	CreatedAt time.Time
	SignsFrom time.Time
	private   []byte // the Ed25519 seed, sealed if there is a secret
	sealed    bool
}

// keyStore keeps signing keys.
type keyStore interface {
	Keys(ctx context.Context) ([]*SigningKey, error) // by SignsFrom
	AddKey(ctx context.Context, key *SigningKey) error
}

// Keyring holds the keys that sign access tokens. All processes of the domain
// share them through its database.
type Keyring struct {
	store  keyStore
	secret string // seals private keys at rest; empty keeps them as they are
	now    func() time.Time
	newID  func() string
	log    *slog.Logger

	mu   sync.Mutex
	keys []*SigningKey
	read time.Time
}

// NewKeyring reads the keys when they are first needed.
func NewKeyring(store keyStore, secret string, now func() time.Time, newID func() string, log *slog.Logger) *Keyring {
	return &Keyring{store: store, secret: secret, now: now, newID: newID, log: log}
}

// Public gives every key whose tokens may still be in use.
func (k *Keyring) Public(ctx context.Context) ([]*SigningKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(k.keys), nil
}

// signer is a key that signs now, ready for use.
type signer struct {
	id  string
	key ed25519.PrivateKey
}

// signer gives the newest key that may sign already. When there is none, or the
// newest has served its time, another one is made.
func (k *Keyring) signer(ctx context.Context) (signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(ctx); err != nil {
		return signer{}, err
	}
	now := k.now()
	current, newest := k.current(now)
	var err error
	switch {
	case current.key == nil:
		current, err = k.make(ctx, now)
	case now.Sub(newest) > keyLife:
		_, err = k.make(ctx, now.Add(keyLead))
	}
	return current, err
}

func (k *Keyring) refresh(ctx context.Context) error {
	now := k.now()
	if k.keys != nil && now.Sub(k.read).Abs() < keysKept {
		return nil
	}
	keys, err := k.store.Keys(ctx)
	if err != nil {
		return err
	}
	k.keys, k.read = keys, now
	return nil
}

// current finds the newest key that signs by now and can be opened, and tells
// when the newest that can be opened was made.
func (k *Keyring) current(now time.Time) (current signer, newest time.Time) {
	for _, key := range slices.Backward(k.keys) {
		private, err := key.open(k.secret)
		if err != nil {
			k.log.Debug("signing key cannot be used; its tokens stay valid until they expire", "key", key.ID, "error", err)
			continue
		}
		if newest.IsZero() {
			newest = key.SignsFrom
		}
		if !key.SignsFrom.After(now) {
			return signer{key.ID, private}, newest
		}
	}
	return signer{}, newest
}

func (k *Keyring) make(ctx context.Context, from time.Time) (signer, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return signer{}, fmt.Errorf("make signing key: %w", err)
	}
	key := &SigningKey{ID: k.newID(), Public: public, CreatedAt: k.now(), SignsFrom: from, private: private.Seed()}
	if k.secret != "" {
		if err := key.seal(k.secret); err != nil {
			return signer{}, err
		}
	}
	if err := k.store.AddKey(ctx, key); err != nil {
		return signer{}, err
	}
	k.keys = append(k.keys, key)
	k.log.InfoContext(ctx, "made a signing key", "key", key.ID, "from", from)
	return signer{key.ID, private}, nil
}

// open gives the private key. A key that was kept in the clear is not used once
// there is a secret, and a sealed one only with its own secret.
func (s *SigningKey) open(secret string) (ed25519.PrivateKey, error) {
	if !s.sealed && secret == "" {
		return ed25519.NewKeyFromSeed(s.private), nil
	}
	if !s.sealed || secret == "" {
		return nil, fmt.Errorf("signing key %s: sealed is %t, and HEDDLE_AUTH_SECRET says otherwise", s.ID, s.sealed)
	}
	box, err := s.box(secret)
	if err != nil {
		return nil, fmt.Errorf("open signing key %s: %w", s.ID, err)
	}
	nonce := min(box.NonceSize(), len(s.private))
	seed, err := box.Open(nil, s.private[:nonce], s.private[nonce:], []byte(s.ID))
	if err != nil {
		return nil, fmt.Errorf("open signing key %s with HEDDLE_AUTH_SECRET: %w", s.ID, err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func (s *SigningKey) seal(secret string) error {
	box, err := s.box(secret)
	if err != nil {
		return fmt.Errorf("seal signing key: %w", err)
	}
	nonce := random()[:box.NonceSize()]
	s.private, s.sealed = box.Seal(nonce, nonce, s.private, []byte(s.ID)), true
	return nil
}

func (s *SigningKey) box(secret string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), []byte(s.ID), "heddle signing key", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
