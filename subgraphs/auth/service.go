package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"regexp"

	"heddle/internal/fault"
)

// secretLeast is how long the services' secret is at least.
const secretLeast = 32

var serviceNames = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// ServiceToken gives a token to whoever knows the secret that our own processes
// share. Of a wrong secret not even the time tells how much of it was right.
func (m mutation) ServiceToken(ctx context.Context, in ServiceTokenInput) (*ServiceTokenPayload, error) {
	if m.Secret == "" {
		return nil, fault.New(fault.Forbidden, "No service gets a token here: HEDDLE_SERVICE_SECRET is not set.")
	}
	given, want := sha256.Sum256([]byte(in.Secret)), sha256.Sum256([]byte(m.Secret))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return nil, fault.New(fault.Forbidden, "This is not the services' secret.")
	}
	if !serviceNames.MatchString(in.Service) {
		return nil, fault.Field("service", "%q is not the name of a service, such as notifications.", in.Service)
	}
	token, expires, err := m.serviceToken(ctx, "service:"+in.Service)
	if err != nil {
		return nil, err
	}
	return &ServiceTokenPayload{AccessToken: token, ExpiresAt: expires}, nil
}
