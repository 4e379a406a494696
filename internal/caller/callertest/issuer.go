// Package callertest gives tests an issuer of access tokens: real ones, signed
// with a key of its own, whose public half it serves over HTTP.
package callertest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"heddle/internal/caller"
)

// Issuer issues tokens, and may change its keys or fall silent.
type Issuer struct {
	t      testing.TB
	server *httptest.Server

	mu      sync.Mutex
	keys    []key // the last one signs
	down    bool
	fetches int
	fetched chan struct{}
}

type key struct {
	id      string
	private ed25519.PrivateKey
}

// New starts an issuer with one key.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t, fetched: make(chan struct{}, 1000)}
	i.Rotate()
	i.server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	return i
}

// Issuer is how verifiers know it.
func (i *Issuer) Issuer() caller.Issuer {
	return caller.Issuer{Name: "test", Audience: "heddle", JWKS: i.server.URL}
}

// Verifier accepts this issuer's tokens.
func (i *Issuer) Verifier(revocations caller.Revocations) *caller.Verifier {
	return caller.NewVerifier([]caller.Issuer{i.Issuer()}, revocations)
}

// Rotate adds a key, which signs from now on. Older ones stay in force.
func (i *Issuer) Rotate() {
	i.t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, key{uuid.NewString(), private})
}

// Withdraw takes all keys but the newest out of force.
func (i *Issuer) Withdraw() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[len(i.keys)-1:]
}

// Silence makes the issuer answer nothing, or answer again.
func (i *Issuer) Silence(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Fetches is how often its keys were asked for.
func (i *Issuer) Fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// Fetched gives a value each time the keys were asked for.
func (i *Issuer) Fetched() <-chan struct{} { return i.fetched }

// Token makes a token of a person or service, valid for an hour. Further
// claims replace or add to the usual ones; nil takes one away.
func (i *Issuer) Token(subject string, claims map[string]any) string {
	i.t.Helper()
	i.mu.Lock()
	signing := i.keys[len(i.keys)-1]
	i.mu.Unlock()
	now := time.Now()
	all := jwt.MapClaims{
		"iss": "test", "aud": "heddle", "sub": subject, "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for name, value := range claims {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, all)
	token.Header["kid"] = signing.id
	signed, err := token.SignedString(signing.private)
	if err != nil {
		i.t.Fatal(err)
	}
	return signed
}

// ServiceToken makes a token of a service.
func (i *Issuer) ServiceToken(name string) string {
	i.t.Helper()
	return i.Token("service:"+name, map[string]any{"scope": caller.ServiceScope})
}

func (i *Issuer) serve(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches++
	i.fetched <- struct{}{}
	if i.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	set := jwkset.JWKSMarshal{}
	for _, k := range i.keys {
		public, err := jwkset.NewJWKFromKey(k.private.Public(), jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{KID: k.id, ALG: jwkset.AlgEdDSA, USE: jwkset.UseSig},
		})
		if err != nil {
			i.t.Error(err)
			return
		}
		set.Keys = append(set.Keys, public.Marshal())
	}
	if err := json.NewEncoder(w).Encode(set); err != nil {
		i.t.Error(err)
	}
}
