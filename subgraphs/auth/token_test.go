package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// part decodes the header (0) or the claims (1) of a token.
func part(t *testing.T, token string, n int) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]any
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	return said
}

// info is a TokenInfo as clients see it.
type info struct {
	Active    bool
	Reason    string
	User      *struct{ ID string }
	SessionID string
	Roles     []string
	Scopes    []string
	ExpiresAt *time.Time
}

func (w *world) verify(token string) info {
	w.t.Helper()
	var got struct{ VerifyToken info }
	w.auth.Get(nobody, `query($t: String!) { verifyToken(token: $t) { active reason user { id } sessionId roles scopes expiresAt } }`, variables{"t": token}, &got)
	return got.VerifyToken
}

func TestAccessToken_says(t *testing.T) {
	w := newWorld(t)
	e := w.signUp("ada")
	head, said := part(t, e.AccessToken, 0), part(t, e.AccessToken, 1)
	if head["alg"] != "EdDSA" || head["kid"] == "" || said["iss"] != "heddle" || said["sub"] != e.User.ID ||
		said["sid"] != e.Session.ID || said["jti"] == nil || said["scope"] != "" {
		t.Errorf("the token is %v %v", head, said)
	}
	if life := said["exp"].(float64) - said["iat"].(float64); life != 900 {
		t.Errorf("the token lives %v seconds, want 900", life)
	}
	if got := w.verify(e.AccessToken); !got.Active || got.User.ID != e.User.ID || got.SessionID != e.Session.ID || len(got.Roles) != 1 || !got.ExpiresAt.Equal(e.ExpiresAt) {
		t.Errorf("verifyToken says %+v of %+v", got, e)
	}
	if got := w.verify(w.Service("chat").Token); !got.Active || got.User != nil || len(got.Scopes) != 1 {
		t.Errorf("verifyToken says %+v of a service", got)
	}
	var said2 struct{ Me *struct{ ID string } }
	for _, p := range []person{nobody, w.Service("chat")} {
		if w.auth.Get(p, me, nil, &said2); said2.Me != nil {
			t.Errorf("me is %+v for %q", said2.Me, p.ID)
		}
	}
}

func TestAccessToken_refused(t *testing.T) {
	w := newWorld(t)
	good := w.signUp("ada")
	w.clock.forward(-time.Hour)
	expired := w.signIn("ada")
	w.clock.forward(time.Hour)
	revoked := w.signIn("ada")
	w.auth.Get(revoked.person(), `mutation { signOut(input: {}) { endedSessions } }`, nil, &struct{}{})
	parts := strings.Split(good.AccessToken, ".")
	claims, _ := json.Marshal(part(t, good.AccessToken, 1))
	forged := parts[0] + "." + base64.RawURLEncoding.EncodeToString(append(claims[:len(claims)-1], `,"roles":["ADMIN"]}`...)) + "." + parts[2]
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	for name, token := range map[string]string{
		"expired": expired.AccessToken, "revoked": revoked.AccessToken, "forged": forged, "unsigned": unsigned,
		"of another issuer": w.Issuer.Token(good.User.ID, map[string]any{"iss": "heddle"}), "no token": "abc", "a refresh token": good.RefreshToken,
	} {
		if got := w.auth.Refused(person{Token: token}, me, nil); got.Code != "UNAUTHENTICATED" {
			t.Errorf("a token that is %s was answered with %+v", name, got)
		}
		if got := w.verify(token); got.Active || got.Reason == "" || got.User != nil {
			t.Errorf("verifyToken says %+v of a token that is %s", got, name)
		}
	}
}

func TestSignedOut_stays_so_when_Redis_forgets(t *testing.T) {
	w := newWorld(t)
	e := w.signUp("ada")
	w.auth.Get(e.person(), `mutation { signOut(input: {}) { endedSessions } }`, nil, &struct{}{})
	if err := w.Env.Redis.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	w.auth = w.Open(authDomain) // another process
	w.signedOut(t, "after Redis forgot", e)
}

// keySet reads the key set and gives the ids in it.
func (w *world) keySet() (ids []string) {
	w.t.Helper()
	response := w.auth.HTTP(http.MethodGet, "/.well-known/jwks.json")
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(text, &set); err != nil {
		w.t.Fatal(err)
	}
	for _, key := range set.Keys {
		if key["kty"] != "OKP" || key["crv"] != "Ed25519" || len(key["x"]) != 43 || key["d"] != "" {
			w.t.Errorf("the set has the key %v", key)
		}
		ids = append(ids, key["kid"])
	}
	return ids
}

// database runs a statement in auth's own database.
func (w *world) database(sql string, into ...any) {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), "authentication")
	if err != nil {
		w.t.Fatal(err)
	}
	defer pool.Close()
	rows, err := pool.Query(w.t.Context(), sql)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := pgx.ForEachRow(rows, into, func() error { return nil }); err != nil {
		w.t.Fatal(err)
	}
}

func TestSigningKeys_follow_each_other(t *testing.T) {
	w := newWorld(t)
	old := w.signUp("ada")
	w.database(`UPDATE signing_keys SET signs_from = signs_from - interval '91 days'`)
	w.auth = w.Open(authDomain)
	w.keys.pass(t, w.auth)
	same := w.signIn("ada")
	if ids := w.keySet(); len(ids) != 2 || part(t, same.AccessToken, 0)["kid"] != ids[0] {
		t.Errorf("the key set has %v, and the old key does not sign yet while the new one is announced", ids)
	}
	w.clock.forward(2 * time.Minute)
	if kid := part(t, w.signIn("ada").AccessToken, 0)["kid"]; kid != w.keySet()[1] {
		t.Errorf("the key %v signs, of %v", kid, w.keySet())
	}
	w.auth.Get(old.person(), me, nil, &struct{}{})
	w.clock.forward(time.Hour)
	mark := w.Statements.Mark()
	w.auth = w.Open(authDomain)
	w.Statements.Await(mark, "DELETE FROM signing_keys", 1)
	w.clock.forward(time.Minute)
	if ids := w.keySet(); len(ids) != 1 {
		t.Errorf("the key set has %v when all tokens of the old key have expired", ids)
	}
}

func TestSigningKeys_with_a_secret(t *testing.T) {
	w := newWorld(t)
	plain := w.signUp("ada")
	w.settings["HEDDLE_AUTH_SECRET"] = "a long secret"
	w.auth = w.Open(authDomain)
	w.keys.pass(t, w.auth)
	sealed := w.signIn("ada")
	if part(t, plain.AccessToken, 0)["kid"] == part(t, sealed.AccessToken, 0)["kid"] {
		t.Error("a key that was kept in the clear signs though there is a secret")
	}
	var is bool
	var length int
	w.database(`SELECT sealed, octet_length(private) FROM signing_keys ORDER BY signs_from DESC LIMIT 1`, &is, &length)
	if !is || length != 12+32+16 {
		t.Errorf("the new key is sealed: %t, in %d bytes", is, length)
	}
	w.auth = w.Open(authDomain)
	if again := w.signIn("ada"); part(t, again.AccessToken, 0)["kid"] != part(t, sealed.AccessToken, 0)["kid"] {
		t.Error("another process with the secret does not use the key")
	}
	w.auth.Get(plain.person(), me, nil, &struct{}{})
}
