package auth_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/ask"
	"heddle/internal/caller"
)

const serviceToken = `mutation($service: String!, $secret: String!) { serviceToken(input: {service: $service, secret: $secret}) { accessToken } }`

func TestServiceToken(t *testing.T) {
	w := newWorld(t)
	secret := strings.Repeat("loom", 8)
	if got := w.auth.Refused(nobody, serviceToken, variables{"service": "looms", "secret": ""}); got.Code != "FORBIDDEN" {
		t.Errorf("without a secret a token was refused with %+v", got)
	}
	w.settings["HEDDLE_SERVICE_SECRET"] = secret
	auth := w.Open(authDomain)
	for _, c := range []struct{ service, secret, code, field string }{
		{"looms", "", "FORBIDDEN", ""},
		{"looms", secret + "x", "FORBIDDEN", ""},
		{"Looms of old", secret, "BAD_USER_INPUT", "service"},
	} {
		if got := auth.Refused(nobody, serviceToken, variables{"service": c.service, "secret": c.secret}); got.Code != c.code || got.Field != c.field {
			t.Errorf("service %q with the secret %q was refused with %+v", c.service, c.secret, got)
		}
	}
	w.Graph(auth)
	services := ask.NewServices(w.Env.Graph, secret)
	ctx, err := services.As(t.Context(), "looms")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		VerifyToken struct {
			Active bool
			Scopes []string
			User   *struct{ ID string }
		}
	}
	c, _ := caller.From(ctx)
	auth.Get(nobody, `query($token: String!) { verifyToken(token: $token) { active scopes user { id } } }`, variables{"token": c.Token}, &got)
	if diff := cmp.Diff([]string{caller.ServiceScope}, got.VerifyToken.Scopes); diff != "" || !got.VerifyToken.Active || got.VerifyToken.User != nil || c.ID != "service:looms" {
		t.Errorf("the token of %s is %+v", c.ID, got.VerifyToken)
	}
	answered := w.Answered()
	again, err := services.As(context.Background(), "looms")
	if err != nil || caller.ID(again) != c.ID || w.Answered() != answered {
		t.Errorf("a token that is good was asked for again (%v)", err)
	}
	if _, err := ask.NewServices(w.Env.Graph, "").As(t.Context(), "looms"); err == nil {
		t.Error("without a secret there is a token")
	}
}

func TestOpen_short_service_secret(t *testing.T) {
	w := newWorld(t)
	w.settings["HEDDLE_SERVICE_SECRET"] = "loom"
	if _, err := authDomain.Open(t.Context(), w.Env); err == nil || !strings.Contains(err.Error(), "at least 32 characters") {
		t.Errorf("a secret of four letters gave %v", err)
	}
}
