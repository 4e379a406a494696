package caller

import (
	"context"
	"net/http"
	"strings"

	"heddle/internal/fault"
)

// Bearer returns the token of an Authorization header's value (RFC 6750,
// section 2.1), or "" if the value is empty. Another scheme is an
// UNAUTHENTICATED error.
func Bearer(authorization string) (string, error) {
	if authorization == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", fault.New(fault.Unauthenticated, `The Authorization header must be "Bearer" and an access token.`)
	}
	return token, nil
}

// Authorize verifies the value of an Authorization header and returns a context
// that carries the caller. Without a header, or with a nil verifier, the
// context is returned as it is: the request is anonymous.
func (v *Verifier) Authorize(ctx context.Context, authorization string) (context.Context, error) {
	if v == nil {
		return ctx, nil
	}
	token, err := Bearer(authorization)
	if err != nil || token == "" {
		return ctx, err
	}
	c, err := v.Verify(ctx, token)
	if err != nil {
		return ctx, err
	}
	return With(ctx, c), nil
}

// Middleware verifies the token of each request; refuse answers the requests
// whose token is not valid.
func (v *Verifier) Middleware(next http.Handler, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := v.Authorize(r.Context(), r.Header.Get("Authorization"))
		if err != nil {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
