package router_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/golang-jwt/jwt/v5"
	"github.com/redis/go-redis/v9"

	"heddle/internal/caller"
	"heddle/router"
)

// office is an issuer of access tokens, with its list of ended sessions.
type office struct {
	t           *testing.T
	store       *miniredis.Miniredis
	key         ed25519.PrivateKey
	verifier    *caller.Verifier
	revocations *caller.RedisRevocations
}

func newOffice(t *testing.T) *office {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k1","use":"sig","x":"%s"}]}`,
		base64.RawURLEncoding.EncodeToString(public))
	jwks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, keys)
	}))
	t.Cleanup(jwks.Close)
	store := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: store.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	o := &office{t: t, store: store, key: private, revocations: caller.NewRedisRevocations(client)}
	o.verifier = caller.NewVerifier([]caller.Issuer{{Name: "test", Audience: "heddle", JWKS: jwks.URL}}, o.revocations)
	return o
}

// token makes an access token that is valid for ttl.
func (o *office) token(ttl time.Duration, change ...func(jwt.MapClaims)) string {
	o.t.Helper()
	claims := jwt.MapClaims{
		"iss": "test", "aud": "heddle", "sub": "u1", "sid": "s1",
		"iat": time.Now().Add(-time.Minute).Unix(), "exp": jwt.NewNumericDate(time.Now().Add(ttl)),
	}
	for _, c := range change {
		c(claims)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = "k1"
	signed, err := token.SignedString(o.key)
	if err != nil {
		o.t.Fatal(err)
	}
	return signed
}

// badTokens are Authorization headers that are refused, with what is said.
func (o *office) badTokens() map[string][2]string {
	ended := func(c jwt.MapClaims) { c["sid"] = "ended" }
	if err := o.revocations.Revoke(context.Background(), time.Hour, "ended"); err != nil {
		o.t.Fatal(err)
	}
	forged := o.token(time.Hour)
	forged = forged[:len(forged)-4] + "AAAA"
	return map[string][2]string{
		"expired":          {"Bearer " + o.token(-time.Hour), "The access token has expired. Get a new one with refreshToken."},
		"forged":           {"Bearer " + forged, "The access token's signature is not valid."},
		"revoked":          {"Bearer " + o.token(time.Hour, ended), "The session of this access token has ended. Sign in again."},
		"no token":         {"Bearer gibberish", "The access token is not a valid one."},
		"another scheme":   {"Basic dTpw", `The Authorization header must be "Bearer" and an access token.`},
		"another issuer":   {"Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { c["iss"] = "evil" }), "The access token is from an issuer that is not accepted here."},
		"not for us":       {"Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { c["aud"] = "others" }), "The access token is for another audience."},
		"never expiring":   {"Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { delete(c, "exp") }), "The access token is not a valid one."},
		"names nobody":     {"Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { delete(c, "sub") }), "The access token names nobody."},
		"not yet in force": {"Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() }), "The access token is not valid yet."},
	}
}

func TestRouter_token_over_HTTP(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier})
	with := func(accept, authorization string) map[string]string {
		header := sends(asJSON, accept)
		if authorization != "" {
			header["Authorization"] = authorization
		}
		return header
	}
	good := "Bearer " + o.token(time.Hour)
	for _, x := range []exchange{
		{name: "anonymous", header: with("", ""), body: helloBody, data: helloData},
		{name: "good", header: with("", good), body: helloBody, data: helloData},
		{name: "handed on", header: with("", good), body: `{"query":"{ header(name: \"Authorization\") }"}`, data: `{"header":"` + good + `"}`},
	} {
		x.status, x.media = 200, asJSON
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
	for name, bad := range o.badTokens() {
		for accept, media := range map[string]string{asJSON: asJSON, asGraphQL: asGraphQL, asEvents: asJSON} {
			x := exchange{
				header: with(accept, bad[0]), body: helloBody, status: 401, media: media, codes: []string{"UNAUTHENTICATED"},
				answer: map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`},
			}
			t.Run(name+" for "+accept, func(t *testing.T) { x.run(t, w) })
		}
	}
}

func TestWebSocket_token(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier})
	initWith := func(authorization string) string {
		return `{"type":"connection_init","payload":{"authorization":"` + authorization + `"}}`
	}
	for name, bad := range o.badTokens() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := w.dial(t, nil)
			s.send(initWith(bad[0]))
			s.expectClose(4403, "Forbidden: "+bad[1])
			s = w.dial(t, http.Header{"Authorization": {bad[0]}})
			s.send(`{"type":"connection_init"}`)
			s.expectClose(4403, "Forbidden: "+bad[1])
		})
	}
	t.Run("good", func(t *testing.T) {
		t.Parallel()
		s := w.dial(t, nil)
		token := o.token(time.Hour)
		s.send(initWith("Bearer " + token))
		s.expect(`{"type":"connection_ack"}`)
		s.send(subscribeTo("1", `{ header(name: "Authorization") }`))
		s.expect(`{"id":"1","type":"next","payload":{"data":{"header":"Bearer ` + token + `"}}}`)
	})
}

// A token that expires ends what it gave.
func TestRouter_token_expires(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier})
	t.Run("WebSocket", func(t *testing.T) {
		t.Parallel()
		s := w.dial(t, http.Header{"Authorization": {"Bearer " + o.token(3*time.Second)}})
		s.send(`{"type":"connection_init"}`)
		s.send(subscribeTo("1", `subscription { said(room: "ws") { text } }`))
		s.expectClose(4403, "Forbidden: the access token has expired") // after connection_ack
	})
	t.Run("SSE", func(t *testing.T) {
		t.Parallel()
		e := w.stream(t, http.MethodPost, `subscription { said(room: "sse") { text } }`, http.Header{"Authorization": {"Bearer " + o.token(3*time.Second)}})
		got := e.following()
		checkResponse(t, []byte(got.data), "", []string{"UNAUTHENTICATED"})
		e.expect(completed)
	})
}

// While it cannot be known whether a session has ended, nobody is let in, and
// what is amiss inside is not said.
func TestRouter_token_cannot_be_checked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier, Log: slog.New(slog.DiscardHandler)})
	o.store.Close()
	const message = "The access token cannot be checked now. Try again."
	header := sends(asJSON, "")
	header["Authorization"] = "Bearer " + o.token(time.Hour)
	exchange{header: header, body: helloBody, status: 503, media: asJSON, codes: []string{"UNAVAILABLE"}, answer: map[string]string{"Retry-After": "1"}}.run(t, w)
	s := w.dial(t, http.Header{"Authorization": {header["Authorization"]}})
	s.send(`{"type":"connection_init"}`)
	s.expectClose(1013, message)
}
