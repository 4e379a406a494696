package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRoutes_are_handed_on(t *testing.T) {
	t.Setenv("HEDDLE_JWKS_URL", "")
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.URL.EscapedPath()+" for "+r.Header.Get("X-Forwarded-For"))
	}))
	t.Cleanup(files.Close)
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	config, err := parseRouter(t, "--route", "/files/="+files.URL, "--route", "/away/="+away.URL)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, handler := range config.routes(slog.New(slog.DiscardHandler)) {
		mux.Handle(path, handler)
	}
	for _, c := range []struct {
		path, want string
		status     int
	}{
		{"/files/a%2Fb/c.csv", "GET /files/a%2Fb/c.csv for 192.0.2.1", http.StatusOK},
		{"/away/x", "What answers here does not answer now; please try again.\n", http.StatusBadGateway},
		{"/other", "404 page not found\n", http.StatusNotFound},
	} {
		request := httptest.NewRequest(http.MethodGet, c.path, nil)
		request.Header.Set("X-Forwarded-For", "203.0.113.7") // nobody has to believe it
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		if answer.Code != c.status || answer.Body.String() != c.want {
			t.Errorf("GET %s: %d %q, want %d %q", c.path, answer.Code, answer.Body, c.status, c.want)
		}
	}
}

func TestRoutes_that_are_none(t *testing.T) {
	t.Setenv("HEDDLE_JWKS_URL", "")
	for _, c := range []struct{ route, want string }{
		{"/files/", `--route "/files/" is not of the form /path/=URL`},
		{"files/=http://127.0.0.1:1", `the route "files/" is not a path such as /students/`},
		{"/graphql=http://127.0.0.1:1", `the route "/graphql" is the router's own`},
		{"/files/=ftp://127.0.0.1", `the address of the route "/files/": "ftp://127.0.0.1" is not an http or https URL`},
	} {
		if _, err := parseRouter(t, "--route", c.route); err == nil || err.Error() != c.want {
			t.Errorf("--route %s: %v, want %s", c.route, err, c.want)
		}
	}
}
