package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"heddle/internal/batch"
	"heddle/internal/caller"
)

// How long things last.
const (
	accessLife  = 15 * time.Minute     // of an access token
	sessionIdle = 30 * 24 * time.Hour  // of a session that is not used
	sessionLife = 365 * 24 * time.Hour // of a session that is
	replyGrace  = 10 * time.Second     // in which a used refresh token may come again, because its reply was lost
	revokedLife = accessLife + time.Minute
)

// Session is a sign-in on one device, until it ends.
type Session struct {
	ID         string
	PersonID   string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	agent      string
	address    string
	endedAt    *time.Time

	viewer caller.Caller // who reads it
	batch.Peer[*Session]
}

// IsEntity says that other domains may refer to a session by its id.
func (*Session) IsEntity() {}

// UserAgent is what the device called itself.
func (s *Session) UserAgent() *string { return textOrNil(s.agent) }

// Address is where the sign-in came from.
func (s *Session) Address() *string { return textOrNil(s.address) }

// Current tells whether the reader's own token belongs to the session.
func (s *Session) Current() bool { return s.viewer.Session == s.ID }

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// NewSession begins a session of the person on the device.
func NewSession(id, person string, on caller.Device, now time.Time) *Session {
	return &Session{
		ID: id, PersonID: person, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(sessionIdle),
		agent: on.Agent, address: on.Address,
	}
}

// Alive tells whether the session can still be used.
func (s *Session) Alive(now time.Time) bool { return s.endedAt == nil && now.Before(s.ExpiresAt) }

// Use puts off the session's end.
func (s *Session) Use(now time.Time) {
	s.LastUsedAt, s.ExpiresAt = now, now.Add(sessionIdle)
	if last := s.CreatedAt.Add(sessionLife); s.ExpiresAt.After(last) {
		s.ExpiresAt = last
	}
}

// RefreshToken is what is kept of a refresh token: enough to know it again when
// it comes, and, with the token itself, to make the next one.
type RefreshToken struct {
	hash   []byte
	seed   []byte
	usedAt *time.Time
}

// newToken makes a token that nobody can guess.
func newToken() string { return encode(random()) }

func random() []byte {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return secret
}

func encode(secret []byte) string { return base64.RawURLEncoding.EncodeToString(secret) }

// hashOf is what is kept of a token. The token is random, so one round is enough.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// keep makes what is kept of a token.
func keep(token string) *RefreshToken { return &RefreshToken{hash: hashOf(token), seed: random()} }

// next is the token that follows this one. Nobody can tell it who has only the
// one or only the other: the token, or what is kept of it.
func (t *RefreshToken) next(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(t.seed)
	return encode(mac.Sum(nil))
}

// Turn is what becomes of a refresh token that came in.
type Turn int

// A refresh token is good once. When it comes again within seconds and the next
// one is unused, the reply was lost or two tabs asked at once: both get the same
// next token. In every other case somebody has a token that they should not have.
const (
	Rotate Turn = iota // the first use
	Repeat             // the reply again
	Reused             // end the session
)

// Turn decides; next is the token that follows this one, nil if it was not given out.
func (t *RefreshToken) Turn(next *RefreshToken, now time.Time) Turn {
	switch {
	case t.usedAt == nil:
		return Rotate
	case next != nil && next.usedAt == nil && now.Sub(*t.usedAt) <= replyGrace:
		return Repeat
	}
	return Reused
}
