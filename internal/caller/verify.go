package caller

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"heddle/internal/fault"
)

// Issuer is somebody whose access tokens are accepted.
type Issuer struct {
	Name     string // claim iss, compared letter by letter
	Audience string // one of claim aud; empty accepts any
	JWKS     string // URL of the issuer's key set (RFC 7517)
}

// Revocations knows the sessions that ended before their tokens expired.
type Revocations interface {
	Revoked(ctx context.Context, session string) (bool, error)
}

// algorithms lists what a token may be signed with. "none" and the shared-key
// algorithms are left out on purpose (RFC 8725, section 3.1).
var algorithms = []string{"EdDSA", "ES256", "ES384", "PS256", "RS256", "RS384", "RS512"}

// leeway is how far the clocks of issuer and verifier may differ.
const leeway = 5 * time.Second

// manyRevocations is a Revocations that can be asked for many at once.
type manyRevocations interface {
	RevokedAmong(ctx context.Context, sessions []string) ([]string, error)
}

// Verifier checks access tokens. It is safe for concurrent use.
type Verifier struct {
	issuers     map[string]source
	revocations Revocations
	parser      *jwt.Parser
}

type source struct {
	audience string
	keys     *keySet
}

// NewVerifier accepts tokens of the issuers. Their keys are fetched when the
// first token comes, and kept while an issuer does not answer. With nil
// revocations a token is valid until it expires.
func NewVerifier(issuers []Issuer, revocations Revocations) *Verifier {
	v := &Verifier{
		issuers:     make(map[string]source, len(issuers)),
		revocations: revocations,
		parser: jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithLeeway(leeway),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt()),
	}
	for _, issuer := range issuers {
		v.issuers[issuer.Name] = source{audience: issuer.Audience, keys: newKeySet(issuer.JWKS)}
	}
	return v
}

type claims struct {
	jwt.RegisteredClaims
	Session string   `json:"sid"`
	Roles   []string `json:"roles"`
	Scope   string   `json:"scope"`
}

// Verify returns the caller whom the token names. A token that is malformed,
// forged, expired, revoked or of an unknown issuer gives an UNAUTHENTICATED
// error; UNAVAILABLE means that it could not be checked now.
func (v *Verifier) Verify(ctx context.Context, token string) (Caller, error) {
	var c claims
	if _, err := v.parser.ParseWithClaims(token, &c, v.key(ctx)); err != nil {
		return Caller{}, refusal(err)
	}
	if c.Subject == "" {
		return Caller{}, fault.New(fault.Unauthenticated, "The access token names nobody.")
	}
	if err := v.checkRevoked(ctx, c.Session); err != nil {
		return Caller{}, err
	}
	return Caller{
		ID: c.Subject, Roles: c.Roles, Scopes: strings.Fields(c.Scope),
		Session: c.Session, Token: token, ExpiresAt: c.ExpiresAt.Time,
	}, nil
}

// key finds the key that a token claims to be signed with.
func (v *Verifier) key(ctx context.Context) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		issuer, err := token.Claims.GetIssuer()
		if err != nil {
			return nil, err
		}
		from, known := v.issuers[issuer]
		if !known {
			return nil, fault.New(fault.Unauthenticated, "The access token is from an issuer that is not accepted here.")
		}
		if err := checkAudience(token.Claims, from.audience); err != nil {
			return nil, err
		}
		id, _ := token.Header["kid"].(string)
		return from.keys.find(ctx, id, token.Method.Alg())
	}
}

func checkAudience(c jwt.Claims, want string) error {
	if want == "" {
		return nil
	}
	audience, err := c.GetAudience()
	if err != nil {
		return err
	}
	for _, a := range audience {
		if a == want {
			return nil
		}
	}
	return fault.New(fault.Unauthenticated, "The access token is for another audience.")
}

func (v *Verifier) checkRevoked(ctx context.Context, session string) error {
	if v.revocations == nil || session == "" {
		return nil
	}
	revoked, err := v.revocations.Revoked(ctx, session)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "The access token cannot be checked now. Try again.")
	}
	if revoked {
		return fault.New(fault.Unauthenticated, "The session of this access token has ended. Sign in again.")
	}
	return nil
}

// Ended are those of the sessions that have ended. A nil verifier, or one
// without revocations, knows of none.
func (v *Verifier) Ended(ctx context.Context, sessions []string) ([]string, error) {
	if v == nil || v.revocations == nil || len(sessions) == 0 {
		return nil, nil
	}
	if many, can := v.revocations.(manyRevocations); can {
		return many.RevokedAmong(ctx, sessions)
	}
	var ended []string
	for _, session := range sessions {
		revoked, err := v.revocations.Revoked(ctx, session)
		if err != nil {
			return nil, err
		}
		if revoked {
			ended = append(ended, session)
		}
	}
	return ended, nil
}

// refusal turns the parser's error into the sentence that the client sees.
func refusal(err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, jwt.ErrTokenExpired):
		return fault.New(fault.Unauthenticated, "The access token has expired. Get a new one with refreshToken.")
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return fault.New(fault.Unauthenticated, "The access token is not valid yet.")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return fault.New(fault.Unauthenticated, "The access token's signature is not valid.")
	}
	return fault.New(fault.Unauthenticated, "The access token is not a valid one.")
}
