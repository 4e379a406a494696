package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
	"heddle/subgraphs"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	all := strings.Join(domainNames(), ", ")
	for _, c := range []struct {
		names []string
		want  string // the error
	}{
		{[]string{"messages", "rooms"}, ""},
		{[]string{"room"}, `there is no domain "room"; there are ` + all},
		{[]string{"rooms", "rooms"}, `domain "rooms" is named twice`},
	} {
		chosen, err := choose(c.names)
		if got := text(err); got != c.want {
			t.Errorf("choose(%q): %s, want %s", c.names, got, c.want)
		}
		for i := range chosen {
			if chosen[i].Name != c.names[i] {
				t.Errorf("choose(%q)[%d] is %s", c.names, i, chosen[i].Name)
			}
		}
	}
}

func TestOwnSubgraphs_addresses_are_apart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, d := range subgraphs.All {
		if other, taken := seen[d.Listen]; taken {
			t.Errorf("%s and %s both listen on %s", other, d.Name, d.Listen)
		}
		seen[d.Listen] = d.Name
	}
}

func TestIssuersFrom(t *testing.T) {
	t.Parallel()
	got, err := issuersFrom("http://own/jwks.json", []string{"https://login.example  app https://login.example/jwks.json"})
	want := []caller.Issuer{
		{Name: "heddle", Audience: "heddle", JWKS: "http://own/jwks.json"},
		{Name: "https://login.example", Audience: "app", JWKS: "https://login.example/jwks.json"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("issuers (-want +got), %v:\n%s", err, diff)
	}
	_, err = issuersFrom("http://own/jwks.json", []string{"https://login.example"})
	if want := `--trust "https://login.example" must have the form "ISSUER AUDIENCE JWKS-URL"`; text(err) != want {
		t.Errorf("issuersFrom: %v, want %s", err, want)
	}
}

func TestListenEarly_taken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	at := l.Addr().String()
	_, err = listenEarly(t.Context(), at)
	if want := at + " is taken: another process listens there; end it, or choose another address with --listen"; text(err) != want {
		t.Errorf("listenEarly: %v, want %s", err, want)
	}
}

func TestReachable(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"", ""},
		{"localhost", "HEDDLE_REDIS_URL is not a URL"},
		{"redis://:secret@127.0.0.1:1/0", "HEDDLE_REDIS_URL: nothing answers at 127.0.0.1:1 (connection refused)"},
	} {
		t.Setenv("HEDDLE_REDIS_URL", c.value)
		if got := text(reachable(t.Context(), "HEDDLE_REDIS_URL", "6379")); got != c.want {
			t.Errorf("%s: %s, want %s", c.value, got, c.want)
		}
	}
}

func TestHumanLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := humanLog(&out, false).With("domain", "rooms")
	log.Debug("not shown")
	log.Info("Made a room.", "title", "Hut 8")
	log.WithGroup("store").Warn("it is slow", slog.Int("ms", 12))
	want := "Made a room. domain=rooms title=\"Hut 8\"\nwarning: it is slow domain=rooms store.ms=12\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestWithin_RoundTrip(t *testing.T) {
	t.Parallel()
	w := &within{}
	client := &http.Client{Transport: w}
	get := func() (*http.Response, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://graph.internal/graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		return client.Do(request)
	}
	if _, err := get(); err == nil || !strings.Contains(err.Error(), "the router has not started yet") {
		t.Errorf("before the router: %v", err)
	}
	w.serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	}))
	response, err := get()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "short and stout" || response.StatusCode != http.StatusTeapot || response.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("answer: %d %v %q, %v", response.StatusCode, response.Header, body, err)
	}
}

func TestWebServer_drains(t *testing.T) {
	t.Parallel()
	socket, err := listenEarly(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entered, ended := make(chan struct{}), make(chan struct{})
	s := &webServer{socket: socket, log: slog.New(slog.DiscardHandler), handler: endless{entered, ended}}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := "http://" + socket.Addr().String()
	if err := probe(t.Context(), at+"/readyz"); err != nil {
		t.Error(err)
	}
	stream, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(stream, http.MethodGet, at+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	<-entered
	patience, cancelled := context.WithCancel(t.Context())
	cancelled() // no more patience: the stream is ended at once
	if err := s.Stop(patience); err != nil {
		t.Error(err)
	}
	<-ended
}

// endless is a handler whose answer ends only when it is made to.
type endless struct{ entered, ended chan struct{} }

func (endless) Ready(context.Context) error { return nil }

func (e endless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	close(e.entered)
	<-r.Context().Done()
	close(e.ended)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
