package notifications

import (
	"crypto/ecdh"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"heddle/internal/fault"
)

// PushSubscription is a device that gets push messages (Push API).
type PushSubscription struct {
	ID        string
	PersonID  string
	Endpoint  string // the push service's address for the device; whoever knows it may not send without our key
	P256dh    string // the device's public key, base64url
	Auth      string // its authentication secret, base64url
	UserAgent *string
	CreatedAt time.Time
	ExpiresAt *time.Time
}

// NewPushSubscription checks what a browser gave. The keys are those of RFC
// 8291, section 2: a point on P-256, and 16 octets.
func NewPushSubscription(id, person string, in RegisterPushSubscriptionInput, agent string, now time.Time, local bool) (*PushSubscription, error) {
	u, err := url.Parse(in.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || len(in.Endpoint) > 2000 || (u.Scheme != "https" && (!local || u.Scheme != "http")) {
		return nil, fault.Field("endpoint", "%q is not the https address of a push service.", in.Endpoint)
	}
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Keys.P256dh, "="))
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(key)
	}
	if err != nil {
		return nil, fault.Field("keys.p256dh", "It is not a public key on the curve P-256, uncompressed, in base64url.")
	}
	secret, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Keys.Auth, "="))
	if err != nil || len(secret) != 16 {
		return nil, fault.Field("keys.auth", "It is not 16 octets in base64url.")
	}
	s := &PushSubscription{
		ID: id, PersonID: person, Endpoint: in.Endpoint, CreatedAt: now,
		P256dh: base64.RawURLEncoding.EncodeToString(key), Auth: base64.RawURLEncoding.EncodeToString(secret),
	}
	if agent != "" {
		s.UserAgent = &agent
	}
	if in.ExpirationTime != nil {
		at := time.UnixMilli(int64(*in.ExpirationTime)).UTC()
		if !at.After(now) {
			return nil, fault.Field("expirationTime", "%s is past.", at.Format(time.RFC3339))
		}
		s.ExpiresAt = &at
	}
	return s, nil
}
