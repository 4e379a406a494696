package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"heddle/internal/caller"
)

// serviceLife is how long a service's token for asking the graph is good.
const serviceLife = 5 * time.Minute

// serviceName is who the domain is when it asks the graph.
const serviceName = "service:auth"

type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid,omitempty"`
	Roles   []Role `json:"roles"`
	Scope   string `json:"scope"`
}

// accessToken signs a token for the session.
func (r *Resolvers) accessToken(ctx context.Context, account *Account, session string) (token string, expires time.Time, err error) {
	return r.sign(ctx, claims{Session: session, Roles: account.Roles}, account.ID, accessLife)
}

// asService returns a context in which the graph is asked on the domain's own behalf.
func (r *Resolvers) asService(ctx context.Context) (context.Context, error) {
	token, expires, err := r.serviceToken(ctx, serviceName)
	if err != nil {
		return nil, err
	}
	return caller.With(ctx, caller.Caller{
		ID: serviceName, Scopes: []string{caller.ServiceScope}, Token: token, ExpiresAt: expires,
	}), nil
}

func (r *Resolvers) serviceToken(ctx context.Context, subject string) (string, time.Time, error) {
	return r.sign(ctx, claims{Scope: caller.ServiceScope, Roles: []Role{}}, subject, serviceLife)
}

func (r *Resolvers) sign(ctx context.Context, c claims, subject string, life time.Duration) (string, time.Time, error) {
	by, err := r.Keys.signer(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	now := r.Now()
	expires := now.Add(life).Truncate(time.Second)
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer: r.Issuer.Name, Subject: subject, ID: r.NewID(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
	}
	if r.Issuer.Audience != "" {
		c.Audience = jwt.ClaimStrings{r.Issuer.Audience}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	token.Header["kid"] = by.id
	text, err := token.SignedString(by.key)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign token: %w", err)
	}
	return text, expires, nil
}
