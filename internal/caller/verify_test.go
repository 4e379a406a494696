package caller_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"heddle/internal/caller"
	"heddle/internal/caller/callertest"
	"heddle/internal/embedded/storetest"
	"heddle/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type claims = map[string]any

func TestVerifier_Verify(t *testing.T) {
	t.Parallel()
	i := callertest.New(t)
	token := i.Token("ada", claims{"roles": []string{"STUDENT"}, "scope": "read write", "sid": "s", "exp": int64(4102444800)})
	got, err := i.Verifier(nil).Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	want := caller.Caller{
		ID: "ada", Roles: []string{"STUDENT"}, Scopes: []string{"read", "write"}, Session: "s",
		Token: token, ExpiresAt: time.Unix(4102444800, 0),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
}

func TestVerifier_Verify_refused(t *testing.T) {
	t.Parallel()
	i, stranger := callertest.New(t), callertest.New(t)
	v := i.Verifier(nil)
	whole := i.Token("ada", nil)
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "test", "aud": "heddle", "sub": "ada", "exp": time.Now().Add(time.Hour).Unix()}).
		SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "test", "aud": "heddle", "sub": "ada", "exp": time.Now().Add(time.Hour).Unix()}).
		SignedString([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	malformed := "The access token is not a valid one."
	for _, c := range []struct{ name, token, want string }{
		{"empty", "", malformed},
		{"no token", "hello", malformed},
		{"cut off", whole[:len(whole)-10], "The access token's signature is not valid."},
		{"another payload", forge(whole, i.Token("grace", nil)), "The access token's signature is not valid."},
		{"unsigned", unsigned, "The access token's signature is not valid."},
		{"a shared key", shared, "The access token's signature is not valid."},
		{"a stranger's key", stranger.Token("ada", nil), "The access token is signed with an unknown key."},
		{"expired", i.Token("ada", claims{"exp": time.Now().Add(-time.Minute).Unix()}), "The access token has expired. Get a new one with refreshToken."},
		{"without end", i.Token("ada", claims{"exp": nil}), malformed},
		{"of tomorrow", i.Token("ada", claims{"nbf": time.Now().Add(time.Hour).Unix()}), "The access token is not valid yet."},
		{"issued tomorrow", i.Token("ada", claims{"iat": time.Now().Add(time.Hour).Unix()}), "The access token is not valid yet."},
		{"another issuer", i.Token("ada", claims{"iss": "elsewhere"}), "The access token is from an issuer that is not accepted here."},
		{"another audience", i.Token("ada", claims{"aud": "elsewhere"}), "The access token is for another audience."},
		{"no audience", i.Token("ada", claims{"aud": nil}), "The access token is for another audience."},
		{"nobody", i.Token("", nil), "The access token names nobody."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(t.Context(), c.token)
			want := fault.New(fault.Unauthenticated, "%s", c.want)
			if diff := cmp.Diff(error(want), err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// forge puts the payload of one token under the signature of another.
func forge(signed, payload string) string {
	parts, others := split(signed), split(payload)
	return parts[0] + "." + others[1] + "." + parts[2]
}

func split(token string) (parts [3]string) {
	n := 0
	for _, r := range token {
		if r == '.' {
			n++
			continue
		}
		parts[n] += string(r)
	}
	return parts
}

func TestVerifier_Verify_session_revoked(t *testing.T) {
	t.Parallel()
	server := storetest.RedisServer(t)
	options, err := redis.ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries, options.DialerRetries = -1, 1
	client := redis.NewClient(options)
	defer client.Close()
	revocations := caller.NewRedisRevocations(client)
	i := callertest.New(t)
	v := i.Verifier(revocations)
	token := i.Token("ada", claims{"sid": "s"})
	wantCode(t, v, token, "")
	if err := errors.Join(revocations.Revoke(t.Context(), time.Hour), revocations.Revoke(t.Context(), time.Hour, "r", "s")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, v, token, fault.Unauthenticated)
	wantCode(t, v, i.Token("ada", claims{"sid": "other"}), "")
	wantCode(t, v, i.Token("ada", nil), "")
	if ttl := client.TTL(t.Context(), "auth:revoked:s").Val(); ttl <= 0 || ttl > time.Hour {
		t.Errorf("the entry lives %s, want up to an hour", ttl)
	}
	server.Stop()
	wantCode(t, v, i.Token("ada", claims{"sid": "other"}), fault.Unavailable) // refused while it cannot be checked
}

func TestCaller(t *testing.T) {
	t.Parallel()
	id := uuid.NewString()
	person := caller.Caller{ID: id, Roles: []string{caller.Student}}
	service := caller.Caller{ID: "service:x", Scopes: []string{caller.ServiceScope}}
	foreigner := caller.Caller{ID: "idp|42"}
	for _, c := range []struct {
		name                           string
		ctx                            context.Context
		id, person                     string
		any, human, service, isStudent fault.Code
	}{
		{"anonymous", t.Context(), "", "", fault.Unauthenticated, fault.Unauthenticated, fault.Unauthenticated, fault.Unauthenticated},
		{"a person", caller.With(t.Context(), person), id, id, "", "", fault.Forbidden, ""},
		{"a service", caller.With(t.Context(), service), "service:x", "", "", fault.Forbidden, "", fault.Forbidden},
		{"somebody without an account", caller.With(t.Context(), foreigner), "idp|42", "", "", fault.Forbidden, fault.Forbidden, fault.Forbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			who, _ := caller.From(c.ctx)
			if caller.ID(c.ctx) != c.id || who.Person() != c.person {
				t.Errorf("id %q, person %q, want %q and %q", caller.ID(c.ctx), who.Person(), c.id, c.person)
			}
			_, anybody := caller.Require(c.ctx)
			_, human := caller.RequirePerson(c.ctx)
			_, service := caller.RequireService(c.ctx)
			_, student := caller.RequireRole(c.ctx, caller.Student)
			got := []fault.Code{fault.CodeOf(anybody), fault.CodeOf(human), fault.CodeOf(service), fault.CodeOf(student)}
			if diff := cmp.Diff([]fault.Code{c.any, c.human, c.service, c.isStudent}, got); diff != "" {
				t.Errorf("codes of Require, RequirePerson, RequireService, RequireRole (-want +got):\n%s", diff)
			}
		})
	}
}
