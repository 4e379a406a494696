package router_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"heddle/router"
)

func TestRouter_explains_to_those_who_may_ask(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier, ExplainScope: "plans"})
	scope := func(s string) string {
		return "Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { c["scope"] = s })
	}
	for _, c := range []struct{ name, token, extensions, plan string }{
		{"who may and asks", scope("other plans"), `{"explain":true}`, "fetch chat  { hello }\n"},
		{"who may and does not ask", scope("plans"), `{"explain":false}`, ""},
		{"who asks otherwise", scope("plans"), `{"explain":"yes"}`, ""},
		{"who may not", scope("other"), `{"explain":true}`, ""},
		{"anonymous", "", `{"explain":true}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/graphql", strings.NewReader(`{"query":"{ hello }","extensions":`+c.extensions+`}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			if c.token != "" {
				request.Header.Set("Authorization", c.token)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			var answer struct {
				Data       struct{ Hello string }
				Extensions *struct{ Plan string }
			}
			if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			plan := ""
			if answer.Extensions != nil {
				plan = answer.Extensions.Plan
			}
			if plan != c.plan || answer.Data.Hello == "" {
				t.Errorf("got the plan %q and the data %v, want the plan %q", plan, answer.Data, c.plan)
			}
		})
	}
}
