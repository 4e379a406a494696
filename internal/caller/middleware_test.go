package caller_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"heddle/internal/caller"
	"heddle/internal/caller/callertest"
	"heddle/internal/fault"
)

func TestVerifier_Middleware(t *testing.T) {
	t.Parallel()
	i := callertest.New(t)
	var unchecked *caller.Verifier
	token := i.Token("ada", nil)
	for _, c := range []struct {
		name          string
		verifier      *caller.Verifier
		authorization string
		who           string
		refused       fault.Code
	}{
		{"a token", i.Verifier(nil), "Bearer " + token, "ada", ""},
		{"the scheme in other letters", i.Verifier(nil), "bearer " + token, "ada", ""},
		{"no header", i.Verifier(nil), "", "", ""},
		{"another scheme", i.Verifier(nil), "Basic YTpi", "", fault.Unauthenticated},
		{"no token", i.Verifier(nil), "Bearer ", "", fault.Unauthenticated},
		{"a bad token", i.Verifier(nil), "Bearer x", "", fault.Unauthenticated},
		{"nothing is checked", unchecked, "Bearer x", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var who string
			var refused error
			h := c.verifier.Middleware(
				http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who = caller.ID(r.Context()) }),
				func(_ http.ResponseWriter, _ *http.Request, err error) { refused = err })
			request := httptest.NewRequest(http.MethodPost, "/", nil)
			if c.authorization != "" {
				request.Header.Set("Authorization", c.authorization)
			}
			h.ServeHTTP(httptest.NewRecorder(), request)
			if who != c.who || fault.CodeOf(refused) != c.refused {
				t.Errorf("caller %q, refused %v, want %q and %q", who, refused, c.who, c.refused)
			}
		})
	}
}
